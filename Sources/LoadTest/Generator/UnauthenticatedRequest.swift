import NIOCore

/// A request without a token.
struct UnauthenticatedRequest {
    let target: LoadTarget

    private var fields: String {
        " HTTP/1.1\r\nHost: \(target.address.authority)\r\n\(target.headers.map { "\($0)\r\n" }.joined())"
    }

    func get(_ path: String) -> ByteBuffer { ByteBuffer(string: "GET \(target.prefix)\(path)\(fields)\r\n") }

    func post(_ path: String, body: String, type: String = "application/json") -> ByteBuffer {
        ByteBuffer(
            string: "POST \(target.prefix)\(path)\(fields)Content-Type: \(type)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}
