import Bookings
import Crypto
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The bytes of a request's body.
struct JSONBody: Sendable {
    /// In bytes.
    static let largest = 64 * 1024

    let bytes: [UInt8]

    var digest: [UInt8] { Array(SHA256.hash(data: bytes)) }

    init(of exchange: RequestContext) throws(Problem) {
        guard case .complete(let buffer) = exchange.body else {
            throw Problem(.payloadTooLarge, "The body must not be larger than 64 KiB.")
        }
        bytes = Array(buffer: buffer)
        guard bytes.isEmpty || Self.isJSON(exchange.request.headers[.contentType]) else {
            throw Problem(.unsupportedMediaType, "The body must be application/json.")
        }
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        return contentType.prefix { $0 != ";" }.trimmingSpaces.lowercasedASCII == "application/json"
    }

    /// Throws 400 for what is not JSON, with the faults found before it. An empty body is `empty`, or a fault without it.
    func json(empty: JSONValue? = nil, beside faults: [ValidationError] = []) throws(Problem) -> JSONValue {
        if bytes.isEmpty, let empty { return empty }
        do throws(JSONError) {
            return try JSONValue.parse(bytes)
        } catch {
            let detail = "The body is not JSON: \(error.reason) at byte \(error.offset)."
            throw .validation(faults + [ValidationError(pointer: "", detail: detail)])
        }
    }
}

/// Bytes of JSON as an answer.
func jsonResponse(
    _ bytes: [UInt8], status: HTTPResponse.Status = .ok, cacheControl: String = "private, no-cache",
    contentType: String = "application/json"
) -> Response {
    jsonResponse(ByteBuffer(bytes: bytes), status: status, cacheControl: cacheControl, contentType: contentType)
}

func jsonResponse(
    _ bytes: ByteBuffer, status: HTTPResponse.Status = .ok, cacheControl: String = "private, no-cache",
    contentType: String = "application/json"
) -> Response {
    Response(
        status: status, headers: [.contentType: contentType, .cacheControl: cacheControl],
        body: .init(byteBuffer: bytes))
}
