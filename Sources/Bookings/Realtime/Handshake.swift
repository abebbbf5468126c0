/// Decides an Engine.IO request by its query, origin and method, before any session exists.
struct Handshake: Sendable {
    /// Why there is no session, in the words of Engine.IO: 400, or 403 for a foreign origin.
    enum Refusal: Int, Error, Sendable {
        case unknownTransport = 0
        case unknownSession = 1
        case badMethod = 2
        case badRequest = 3
        case forbidden = 4
        case unsupportedVersion = 5

        var status: Int { self == .forbidden ? 403 : 400 }

        var message: String {
            switch self {
            case .unknownTransport: "Transport unknown"
            case .unknownSession: "Session ID unknown"
            case .badMethod: "Bad handshake method"
            case .badRequest: "Bad request"
            case .forbidden: "Forbidden"
            case .unsupportedVersion: "Unsupported protocol version"
            }
        }

        var json: [UInt8] {
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("code")
            writer.integer(rawValue)
            writer.name("message")
            writer.string(message)
            writer.endObject()
            return writer.bytes
        }
    }

    static let path = "/socket.io/"

    let allowedOrigins: Set<String>

    /// Nil: a WebSocket may open. `origin`, `host`: the headers.
    func refusal(query: String?, origin: String?, host: String?, isGet: Bool) -> Refusal? {
        var reader = QueryReader(query)
        if let origin, !allows(origin, host: host) { return .forbidden }
        guard reader.text("transport") == "websocket" else { return .unknownTransport }
        guard reader.text("EIO") == "4" else { return .unsupportedVersion }
        guard reader.text("sid") == nil else { return .unknownSession }
        return isGet ? nil : .badMethod
    }

    /// The configured origins, and the server's own.
    func allows(_ origin: String, host: String?) -> Bool {
        let origin = origin.lowercased()
        if allowedOrigins.contains(origin) { return true }
        guard let host = host?.lowercased() else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}
