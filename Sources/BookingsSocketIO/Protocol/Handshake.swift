import Bookings
import BookingsHTTP

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

    package static let path = CORS.socketIOPath

    private let allowedOrigins: AllowedOrigins

    /// `allowedOrigins`: besides the server's own.
    init(allowedOrigins: some Sequence<String>) {
        self.allowedOrigins = AllowedOrigins(allowedOrigins)
    }

    /// What a request is for; `session`: nil for a new one.
    enum Purpose: Hashable, Sendable {
        case webSocket(session: String?)
        case polling(session: String?)
    }

    /// `origin`, `host`: the headers. `isUpgrade`: it asks to become a WebSocket.
    func purpose(
        query: String?, origin: String?, host: String?, isGet: Bool, isUpgrade: Bool
    ) throws(Refusal) -> Purpose {
        var reader = QueryReader(query)
        if let origin, !allows(origin, host: host) { throw .forbidden }
        let transport = reader.string("transport")
        guard let transport, ["websocket", "polling"].contains(transport) else { throw .unknownTransport }
        let session = reader.string("sid")
        if session == nil {
            guard isGet else { throw .badMethod }
            guard reader.string("EIO") == "4" else { throw .unsupportedVersion }
        }
        if transport == "polling" { return .polling(session: session) }
        guard isUpgrade else { throw .badRequest }
        return .webSocket(session: session)
    }

    /// The configured origins, and the server's own, whose port may stand in either header or be left out where it is
    /// the scheme's.
    func allows(_ origin: String, host: String?) -> Bool {
        if allowedOrigins.allow(header: origin) { return true }
        guard let host, let origin = Origin(header: origin) else { return false }
        return origin.isServed(asHost: host)
    }
}
