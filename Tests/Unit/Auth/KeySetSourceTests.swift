import Foundation
import XCTest

@testable import Bookings
@testable import BookingsRuntime
@testable import SimulationKit

final class KeySetSourceTests: XCTestCase {
    /// Answers each request with what its header fields `traceparent` and `tracestate` hold.
    private static let publisher = """
        import http.server
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = f"{self.headers.get('traceparent')} {self.headers.get('tracestate')}".encode()
                self.send_response(200)
                self.send_header("Content-Length", len(body))
                self.end_headers()
                self.wfile.write(body)
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    func test_a_request_for_keys_carries_the_trace_of_the_request_that_needs_them() async throws {
        let process = try ChildProcess(
            "/usr/bin/env", ["python3", "-c", Self.publisher], in: FileManager.default.temporaryDirectory)
        defer { process.kill() }
        var lines = process.lines.makeAsyncIterator()
        let port = await lines.next() ?? ""
        let source = KeySetSource.url(try XCTUnwrap(KeySetAddress("http://127.0.0.1:\(port)/keys")))
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let traced = try await TraceContext.$current.withValue(
            TraceContext(traceparent: text, tracestate: ["vendor=1"])
        ) { try await source() }
        XCTAssertEqual(String(decoding: traced, as: UTF8.self), "\(text) vendor=1")
        let untraced = try await source()
        XCTAssertEqual(String(decoding: untraced, as: UTF8.self), "None None")
    }
}
