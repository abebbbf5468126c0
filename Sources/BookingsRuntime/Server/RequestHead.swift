import Bookings
import BookingsHTTP
import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A request's head as one connection needs it: what it says of the connection is read once, here.
struct RequestHead: Sendable {
    let request: HTTPRequest
    let isHTTP10: Bool
    /// Whether the client lets the connection go on behind the answer (RFC 9112, 9.3).
    let keepsAlive: Bool
    let expectsContinue: Bool
    /// The body's length in bytes; nil when it is chunked or there is none.
    let contentLength: Int?
    /// Whether the HTTP parser stops behind this request because it asks for another protocol.
    let upgrade: Upgrade
    /// About how many bytes of memory it takes.
    let weight: Int

    enum Upgrade: Sendable {
        case none
        /// It asks for another protocol, so that the parser has stopped.
        case requested
        /// The parser may have stopped: nothing behind this request can be relied on.
        case unclear
    }

    /// Throws the answer to a head that must not be served.
    init(_ head: HTTPRequestHead, limits: ConnectionLimits) throws(ProtocolError) {
        isHTTP10 = head.version.minor == 0
        let options = Self.tokens(of: "connection", in: head.headers)
        keepsAlive = !options.contains("close") && (!isHTTP10 || options.contains("keep-alive"))
        expectsContinue = !isHTTP10 && Self.tokens(of: "expect", in: head.headers).contains("100-continue")
        contentLength = head.headers.first(name: "content-length").flatMap { Int($0) }
        upgrade =
            head.method == .CONNECT
            ? .unclear
            : !head.headers.contains(name: "upgrade") ? .none : options.contains("upgrade") ? .requested : .unclear
        weight = head.headers.reduce(head.uri.utf8.count + 512) { $0 + $1.name.utf8.count + $1.value.utf8.count + 64 }
        let hosts = head.headers["host"].count
        guard hosts == 1 || (hosts == 0 && isHTTP10) else { throw .badRequest("The header Host must be given once.") }
        guard head.uri.utf8.count <= limits.targetBytes else { throw .targetTooLong }
        do {
            request = try HTTPRequest(head, secure: false, splitCookie: false)
        } catch {
            throw .badRequest("The request line is not valid.")
        }
    }

    /// The members of a header that is a list of tokens, in lower case (RFC 9110, 5.6.1).
    private static func tokens(of name: String, in headers: HTTPHeaders) -> [String] {
        guard headers.contains(name: name) else { return [] }
        return headers[canonicalForm: name].map { $0.lowercasedASCII }
    }
}
