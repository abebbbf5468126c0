import HTTPTypes
import NIOCore
import XCTest

@testable import Bookings
@testable import BookingsRuntime

final class ResponseEncoderTests: XCTestCase {
    private func whole(_ head: HTTPResponse, _ body: String, isHTTP10: Bool = false, closes: Bool = false) -> String {
        let (first, second) = ResponseEncoder.whole(
            head, ByteBuffer(string: body), framing: .init(isHTTP10: isHTTP10, closes: closes), date: "now",
            allocator: ByteBufferAllocator())
        return String(buffer: first) + (second.map { String(buffer: $0) } ?? "")
    }

    func test_a_status_is_written_with_its_phrase() {
        let answer = whole(HTTPResponse(status: .init(code: 201)), "{}")
        XCTAssertEqual(answer, "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Length: 2\r\n\r\n{}")
    }

    func test_an_answer_that_has_no_body_has_no_length() {
        for code in [204, 304] {
            let head = HTTPResponse(status: .init(code: code), headerFields: [.contentLength: "0", .eTag: "\"1\""])
            let answer = whole(head, "x")
            XCTAssertFalse(answer.contains("Content-Length"), answer)
            XCTAssertTrue(answer.hasSuffix("\r\n\r\n"), answer)
        }
    }

    func test_the_connection_says_how_it_goes_on() {
        let head = HTTPResponse(status: .ok, headerFields: [.connection: "upgrade"])
        XCTAssertFalse(whole(head, "").contains("Connection"))
        XCTAssertTrue(whole(head, "", closes: true).contains("\r\nConnection: close\r\n"))
        XCTAssertTrue(whole(head, "", isHTTP10: true).contains("\r\nConnection: keep-alive\r\n"))
        XCTAssertTrue(whole(head, "", isHTTP10: true, closes: true).contains("\r\nConnection: close\r\n"))
    }

    func test_a_large_body_is_not_copied() {
        let body = String(repeating: "x", count: 100_000)
        let answer = whole(HTTPResponse(status: .ok), body)
        XCTAssertTrue(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        XCTAssertTrue(answer.hasSuffix("Content-Length: 100000\r\n\r\n" + body))
    }

    func test_a_stream_is_chunked_only_to_clients_that_know_chunks() {
        for isHTTP10 in [false, true] {
            let framing = HTTPConnectionState.Framing(isHTTP10: isHTTP10, closes: isHTTP10)
            let head = String(
                buffer: ResponseEncoder.streamHead(
                    HTTPResponse(status: .ok), framing: framing, date: "now", allocator: ByteBufferAllocator()))
            XCTAssertEqual(head.contains("Transfer-Encoding: chunked"), !isHTTP10)
            let chunk = String(buffer: ResponseEncoder.chunk(ByteBuffer(string: "sixteen bytes …"), framing: framing))
            XCTAssertEqual(chunk, isHTTP10 ? "sixteen bytes …" : "11\r\nsixteen bytes …\r\n")
        }
    }
}
