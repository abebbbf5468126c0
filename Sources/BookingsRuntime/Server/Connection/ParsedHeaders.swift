import Bookings
import HTTPTypes
import NIOHTTP1

/// The header fields of a request, converted in one pass.
struct ParsedHeaders {
    /// Names that nearly every request has. Looking a name up here is cheaper than validating it and turning it into lower
    /// case; names of up to 15 bytes are compared as two words.
    private static let commonNames: [(text: String, name: HTTPField.Name)] = [
        "Host", "Authorization", "Content-Type", "Content-Length", "Accept", "User-Agent", "Accept-Encoding",
        "Accept-Language", "Connection", "Origin", "If-None-Match", "If-Match", "Idempotency-Key", "X-Request-ID",
        "X-Forwarded-For", "host", "authorization", "content-type", "content-length", "accept", "user-agent",
        "accept-encoding", "accept-language", "connection", "origin", "x-forwarded-for",
    ].compactMap { text in HTTPField.Name(text).map { (text, $0) } }

    /// All fields but `Host`. Names that are not valid are left out.
    private(set) var fields = HTTPFields()
    /// The values of `Host`.
    private(set) var hosts: [String] = []
    /// The bytes of all strings, and an allowance for the structures that hold them.
    private(set) var memorySize = 0

    init(_ headers: HTTPHeaders) {
        fields.reserveCapacity(headers.count)
        for (text, value) in headers {
            memorySize += text.utf8.count + value.utf8.count + 64
            guard let name = Self.name(text) else { continue }
            if name.canonicalName == "host" {
                hosts.append(value)
            } else {
                fields.append(HTTPField(name: name, value: value))
            }
        }
    }

    private static func name(_ text: String) -> HTTPField.Name? {
        commonNames.first { $0.text == text }?.name ?? HTTPField.Name(text)
    }
}
