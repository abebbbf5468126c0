import Bookings
import HTTPTypes
import HummingbirdCore
import Synchronization

/// The id of each request: the client's own, or a new one.
final class RequestIDs: Sendable {
    static let field = HTTPField.Name("X-Request-ID")!

    /// The client's own, when it is 1 to 128 visible ASCII characters and stands once.
    static func taken(from request: Request) -> String? {
        let values = request.headers[values: field]
        guard values.count == 1, (1...128).contains(values[0].utf8.count),
            values[0].utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        return values[0]
    }

    private let identifiers: any IdentifierSource
    /// Keys the bits, so that a seeded source makes no id twice.
    private let made = Atomic<UInt64>(0)

    init(from identifiers: any IdentifierSource) { self.identifiers = identifiers }

    func id(of request: Request) -> String {
        Self.taken(from: request) ?? make()
    }

    func make() -> String {
        let number = made.wrappingAdd(1, ordering: .relaxed).oldValue
        return Identifier<Request>.version8(identifiers.bits(for: .requestID, key: "\(number)")).description
    }
}
