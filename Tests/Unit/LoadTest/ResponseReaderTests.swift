import NIOCore
import XCTest

@testable import LoadTest

final class ResponseReaderTests: XCTestCase {
    /// The statuses and bodies of what arrives in pieces; a `!` behind those after which the server closes.
    private func read(_ pieces: [String]) -> [String] {
        var reader = ResponseReader()
        var buffer = ByteBuffer()
        var responses: [String] = []
        for piece in pieces {
            buffer.writeString(piece)
            reading: while true {
                switch reader.next(from: &buffer) {
                case .needsMore: break reading
                case .malformed: return responses + ["malformed"]
                case .response(let response):
                    responses.append(
                        "\(response.status) \(String(buffer: response.body))\(response.isLast ? "!" : "")")
                }
            }
        }
        return responses
    }

    private static let cases: [(text: String, responses: [String])] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", ["200 {}"]),
        ("HTTP/1.1 200 OK\r\nCONTENT-LENGTH:2\r\nConnection: Close\r\n\r\n{}", ["200 {}!"]),
        ("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", ["304 ", "204 "]),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 1\r\n\r\nx", ["201 x"]),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n"
                + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            ["200 abc0123456789abcdef", "404 "]
        ),
    ]

    func test_a_response_is_read_whatever_its_pieces_are() {
        for (text, responses) in Self.cases {
            XCTAssertEqual(read([text]), responses)
            XCTAssertEqual(read(text.map { String($0) }), responses)
            let bytes = Array(text.utf8)
            for cut in bytes.indices {
                let pieces = [bytes[..<cut], bytes[cut...]].map { String(decoding: $0, as: UTF8.self) }
                XCTAssertEqual(read(pieces), responses, "\(cut)")
            }
        }
    }

    func test_what_is_no_response_is_malformed() {
        for text in [
            "HTTP/2 200\r\n\r\n", "HTTP/1.1 xyz OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ] {
            XCTAssertEqual(read([text]), ["malformed"], text)
        }
    }
}
