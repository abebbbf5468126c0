import HTTPTypes
import XCTest

@testable import BookingsHTTP
@testable import BookingsRuntime

final class HTTP2RequestHeadTests: XCTestCase {
    private func head(
        _ path: String? = "/a", authority: String? = "a", _ fields: [(String, String)] = []
    ) throws(ProtocolError) -> RequestHead {
        var headers = HTTPFields()
        for (name, value) in fields { headers.append(HTTPField(name: .init(name)!, value: value)) }
        return try RequestHead(
            http2: HTTPRequest(method: .get, scheme: "https", authority: authority, path: path, headerFields: headers),
            limits: ConnectionLimits())
    }

    private func error(_ body: () throws(ProtocolError) -> RequestHead) -> ProtocolError? {
        do {
            _ = try body()
            return nil
        } catch { return error }
    }

    func test_a_request_needs_a_path_and_one_host() throws {
        XCTAssertEqual(try head().request.authority, "a")
        let byHeader = try head(authority: nil, [("Host", "b")])
        XCTAssertEqual(byHeader.request.authority, "b")
        XCTAssertFalse(byHeader.request.headerFields.contains(.init("Host")!))
        for refused in [
            error { () throws(ProtocolError) in try head(nil) }, error { () throws(ProtocolError) in try head("a") },
            error { () throws(ProtocolError) in try head(authority: nil) },
            error { () throws(ProtocolError) in try head(authority: "a", [("Host", "b")]) },
        ] {
            guard case .badRequest? = refused else { return XCTFail("\(String(describing: refused))") }
        }
    }

    func test_heads_have_the_limits_of_http1() {
        let long = String(repeating: "a", count: 8 * 1024)
        XCTAssertEqual(error { () throws(ProtocolError) in try head("/" + long) }, .targetTooLong)
        let large = (0..<4).map { ("X-\($0)", long) }
        XCTAssertEqual(error { () throws(ProtocolError) in try head("/", large) }, .headTooLarge)
        let many = (0..<129).map { ("X-\($0)", "a") }
        XCTAssertEqual(error { () throws(ProtocolError) in try head("/", many) }, .headTooLarge)
        XCTAssertNil(error { () throws(ProtocolError) in try head("/", Array(many.dropFirst())) })
    }
}
