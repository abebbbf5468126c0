import Bookings
import Crypto
import HTTPTypes
import NIOCore

/// The JSON body of a request.
struct JSONBody: Sendable {
    /// In bytes.
    static let maximumSize = 64 * 1024

    private let bytes: [UInt8]

    /// Throws 413 for a body that is too large, and 415 for a body of another media type. An empty body needs no type.
    init(of context: RequestContext) throws(Problem) {
        guard case .complete(let buffer) = context.body else {
            throw Problem(.payloadTooLarge, "The body must not be larger than 64 KiB.")
        }
        bytes = Array(buffer: buffer)
        guard bytes.isEmpty || Self.isJSON(context.request.headerFields[.contentType]) else {
            throw Problem(.unsupportedMediaType, "The media type of the body must be application/json.")
        }
    }

    /// Compares the media type without its parameters, ignoring case.
    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        return contentType.prefix { $0 != ";" }.trimmingSpaces.lowercasedASCII == "application/json"
    }

    /// Returns the parsed body.
    ///
    /// Throws 400 unless the body is valid JSON; the problem also lists `errors`, which were found before.
    /// - Parameter empty: The value of an empty body; `nil` if an empty body is an error.
    func parsed(empty: JSONValue? = nil, errors: [ValidationError] = []) throws(Problem) -> JSONValue {
        if bytes.isEmpty, let empty { return empty }
        do throws(JSONError) {
            return try JSONValue.parse(bytes)
        } catch {
            let detail = "The body is not valid JSON: \(error.reason) at byte \(error.offset)."
            throw .validation(errors + [ValidationError(pointer: "", detail: detail)])
        }
    }

    /// Returns the SHA-256 digest of a body.
    static func digest(of body: ByteBuffer) -> [UInt8] {
        var hash = SHA256()
        body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        return Array(hash.finalize())
    }
}
