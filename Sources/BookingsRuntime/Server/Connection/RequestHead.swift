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
        let headers = ParsedHeaders(head.headers)
        let options = Self.tokens(of: .connection, in: headers.fields)
        isHTTP10 = head.version.minor == 0
        keepsAlive = !options.contains("close") && (!isHTTP10 || options.contains("keep-alive"))
        expectsContinue = !isHTTP10 && Self.tokens(of: .expect, in: headers.fields).contains("100-continue")
        contentLength = headers.fields[.contentLength].flatMap { Int($0) }
        upgrade =
            if head.method == .CONNECT {
                .unclear
            } else if !headers.fields.contains(.upgrade) {
                .none
            } else {
                options.contains("upgrade") ? .requested : .unclear
            }
        memorySize = head.uri.utf8.count + 512 + headers.memorySize
        // RFC 9112, 3.2.
        guard headers.hosts.count == 1 || (headers.hosts.isEmpty && isHTTP10) else {
            throw .badRequest("The header Host must be given once.")
        }
        guard head.uri.utf8.count <= limits.maxTargetBytes else { throw .targetTooLong }
        do {
            // The library reads the absolute form of a target (RFC 9112, 3.2.2) with Foundation's URL parser.
            let isOriginForm = head.uri.utf8.first == UInt8(ascii: "/")
            request = HTTPRequest(
                method: try HTTPRequest.Method(head.method), scheme: "http", authority: headers.hosts.first,
                path: isOriginForm ? head.uri : try HTTPRequest(head, secure: false, splitCookie: false).path,
                headerFields: headers.fields)
        } catch {
            throw .badRequest("The request line is not valid.")
        }
    }

    /// Returns the members of a header that is a list of tokens, in lower case (RFC 9110, 5.6.1).
    private static func tokens(of name: HTTPField.Name, in fields: HTTPFields) -> [String] {
        guard fields.contains(name) else { return [] }
        return fields[values: name].flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).map { Substring($0).trimmingSpaces.lowercasedASCII }
        }
    }
}
