import HTTPTypes
import Hummingbird

enum RequestID {
    static let field = HTTPField.Name("X-Request-ID")!

    /// The client's own, when it is 1 to 128 visible ASCII characters and stands once.
    static func taken(from request: Request) -> String? {
        let values = request.headers[values: field]
        guard values.count == 1, (1...128).contains(values[0].utf8.count),
            values[0].utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        return values[0]
    }

    static func made(by identifiers: any IdentifierSource) -> String {
        Identifier<Request>.version8(identifiers.bits(for: .requestID, key: "")).description
    }
}
