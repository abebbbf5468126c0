import Bookings
import BookingsHTTP
import HTTPTypes

/// Classifies an Engine.IO request by its query, origin and method.
struct Handshake: Sendable {
    /// Why a request is refused, with the codes of Engine.IO.
    enum Refusal: Int, Error, Sendable {
        case unknownTransport = 0
        case unknownSession = 1
        case badMethod = 2
        case badRequest = 3
        case forbidden = 4
        case unsupportedVersion = 5

        var status: Int { self == .forbidden ? 403 : 400 }

        /// The message that Engine.IO has for the code.
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

        /// The body that polling clients get.
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

    /// The path of all Engine.IO requests.
    package static let path = CORS.socketIOPath

    private let allowedOrigins: AllowedOrigins

    /// `allowedOrigins`: the origins that are allowed besides the server's own.
    init(allowedOrigins: some Sequence<String>) {
        self.allowedOrigins = AllowedOrigins(allowedOrigins)
    }

    /// What a request is for. `session`: `nil` for a new session.
    enum Purpose: Hashable, Sendable {
        case webSocket(session: String?)
        case polling(session: String?)
    }

    /// Returns the purpose of a request.
    ///
    /// - Parameters:
    ///   - origin: The `Origin` header.
    ///   - host: The `Host` header.
    ///   - isUpgrade: Whether the request asks for a WebSocket.
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

    /// Returns the purpose of the request with this head, a GET with a `Sec-WebSocket-Key` being one for a WebSocket.
    func purpose(of head: HTTPRequest) throws(Refusal) -> Purpose {
        try purpose(
            query: Self.query(of: head), origin: head.headerFields[.origin], host: head.authority,
            isGet: head.method == .get, isUpgrade: head.headerFields[.secWebSocketKey] != nil)
    }

    /// Returns the token of a request: the `Authorization` header, else the `token` query parameter, else `nil`.
    static func token(of head: HTTPRequest) -> String? {
        if let header = head.headerFields[.authorization] { return header }
        var reader = QueryReader(query(of: head))
        return reader.string("token")
    }

    private static func query(of head: HTTPRequest) -> String? {
        head.path?.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init)
    }

    /// Whether an origin is configured or the server's own. The port of the server's own may be omitted from either header
    /// where it is the default of the scheme.
    func allows(_ origin: String, host: String?) -> Bool {
        if allowedOrigins.allow(header: origin) { return true }
        guard let host, let origin = Origin(header: origin) else { return false }
        return origin.isServed(asHost: host)
    }
}
