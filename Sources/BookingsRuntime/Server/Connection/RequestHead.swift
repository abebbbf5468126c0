import Bookings
import BookingsHTTP
import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The head of a request, with the header fields that concern the connection parsed once.
struct RequestHead: Sendable {
    let request: HTTPRequest
    /// The path and the route of the request, as its intake has them; `nil` before.
    var target: RequestTarget?
    let isHTTP10: Bool
    /// Whether the client lets the connection persist after the response (RFC 9112, 9.3).
    let keepsAlive: Bool
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110, 10.1.1).
    let expectsContinue: Bool
    /// The length of the body in bytes; `nil` when the body is chunked or there is none.
    let contentLength: Int?
    let upgrade: Upgrade
    /// The approximate size in memory, in bytes.
    let memorySize: Int

    /// Whether the request asks for another protocol, so that the HTTP parser stops after it.
    enum Upgrade: Sendable {
        case none
        /// The request asks for another protocol; the parser has stopped.
        case requested
        /// The parser may have stopped; what follows the request cannot be relied on.
        case unclear
    }

    /// Parses a head. Throws when the request must not be served.
    init(_ head: HTTPRequestHead, limits: ConnectionLimits) throws(ProtocolError) {
        let options = Self.tokens(of: "connection", in: head.headers)
        isHTTP10 = head.version.minor == 0
        keepsAlive = !options.contains("close") && (!isHTTP10 || options.contains("keep-alive"))
        expectsContinue = !isHTTP10 && Self.tokens(of: "expect", in: head.headers).contains("100-continue")
        contentLength = head.headers.first(name: "content-length").flatMap { Int($0) }
        upgrade = Self.upgrade(head, connectionOptions: options)
        memorySize = Self.memorySize(of: head)
        let hosts = head.headers["host"].count
        // RFC 9112, 3.2.
        guard hosts == 1 || (hosts == 0 && isHTTP10) else { throw .badRequest("The header Host must be given once.") }
        guard head.uri.utf8.count <= limits.maxTargetBytes else { throw .targetTooLong }
        do {
            request = try HTTPRequest(head, secure: false, splitCookie: false)
        } catch {
            throw .badRequest("The request line is not valid.")
        }
    }

    private static func upgrade(_ head: HTTPRequestHead, connectionOptions: [String]) -> Upgrade {
        if head.method == .CONNECT { return .unclear }
        guard head.headers.contains(name: "upgrade") else { return .none }
        return connectionOptions.contains("upgrade") ? .requested : .unclear
    }

    /// The bytes of the strings, and an allowance for the structures that hold them.
    private static func memorySize(of head: HTTPRequestHead) -> Int {
        head.headers.reduce(head.uri.utf8.count + 512) { $0 + $1.name.utf8.count + $1.value.utf8.count + 64 }
    }

    /// Returns the members of a header that is a list of tokens, in lower case (RFC 9110, 5.6.1).
    private static func tokens(of name: String, in headers: HTTPHeaders) -> [String] {
        guard headers.contains(name: name) else { return [] }
        return headers[canonicalForm: name].map { $0.lowercasedASCII }
    }
}
