import HTTPTypes
import NIOCore
import XCTest

@testable import Bookings
@testable import BookingsHTTP
@testable import BookingsRuntime

final class ResponseEncoderTests: XCTestCase {
    private func encode(_ response: Response, _ body: String, isHTTP10: Bool = false, closes: Bool = false) -> String {
        let (first, second) = ResponseEncoder.complete(
            response, ByteBuffer(string: body), framing: .init(isHTTP10: isHTTP10, closes: closes), date: "now",
            allocator: ByteBufferAllocator())
        return String(buffer: first) + (second.map { String(buffer: $0) } ?? "")
    }

    func test_a_status_line_has_the_reason_phrase() {
        let response = encode(Response(status: .init(code: 201)), "{}")
        XCTAssertEqual(response, "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Length: 2\r\n\r\n{}")
    }

    func test_a_response_without_a_body_has_no_content_length() {
        for code in [204, 304] {
            let head = Response(status: .init(code: code), headers: [.contentLength: "0", .eTag: "\"1\""])
            let response = encode(head, "x")
            XCTAssertFalse(response.contains("Content-Length"), response)
            XCTAssertTrue(response.hasSuffix("\r\n\r\n"), response)
        }
    }

    func test_the_connection_header_follows_from_the_framing() {
        let head = Response(status: .ok, headers: [.connection: "upgrade"])
        XCTAssertFalse(encode(head, "").contains("Connection"))
        XCTAssertTrue(encode(head, "", closes: true).contains("\r\nConnection: close\r\n"))
        XCTAssertTrue(encode(head, "", isHTTP10: true).contains("\r\nConnection: keep-alive\r\n"))
        XCTAssertTrue(encode(head, "", isHTTP10: true, closes: true).contains("\r\nConnection: close\r\n"))
    }

    func test_a_large_body_follows_its_head() {
        let body = String(repeating: "x", count: 100_000)
        let response = encode(Response(status: .ok), body)
        XCTAssertTrue(response.hasPrefix("HTTP/1.1 200 OK\r\n"))
        XCTAssertTrue(response.hasSuffix("Content-Length: 100000\r\n\r\n" + body))
    }

    func test_a_stream_is_chunked_except_for_http_1_0() {
        for isHTTP10 in [false, true] {
            let framing = HTTPConnectionState.Framing(isHTTP10: isHTTP10, closes: isHTTP10)
            let head = String(
                buffer: ResponseEncoder.streamHead(
                    Response(status: .ok), framing: framing, date: "now", allocator: ByteBufferAllocator()))
            XCTAssertEqual(head.contains("Transfer-Encoding: chunked"), !isHTTP10)
            let chunk = String(buffer: ResponseEncoder.chunk(ByteBuffer(string: "sixteen bytes …"), framing: framing))
            XCTAssertEqual(chunk, isHTTP10 ? "sixteen bytes …" : "11\r\nsixteen bytes …\r\n")
        }
    }
}
