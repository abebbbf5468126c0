import Bookings
import HTTPTypes
import Synchronization

/// Gives each request the ID that its response, its problem details and its log lines carry.
struct RequestIdentification: Sendable {
    private let requestIDs: RequestIDs

    init(_ requestIDs: RequestIDs) {
        self.requestIDs = requestIDs
    }

    func identify(_ context: inout RequestContext) {
        context.requestID = requestIDs.id(of: context.request)
    }

    func mark(_ response: inout Response, _ context: borrowing RequestContext) {
        response.headers.append(HTTPField(name: RequestIDs.field, value: context.requestID))
    }
}

/// Takes over or generates request IDs.
final class RequestIDs: Sendable {
    static let field = HTTPField.Name("X-Request-ID")!

    private let identifiers: any IdentifierSource
    /// The key of the next random bits, so that a seeded source never generates an ID twice.
    private let count = Atomic<UInt64>(0)

    init(_ identifiers: any IdentifierSource) {
        self.identifiers = identifiers
    }

    /// Returns the client's ID if it is valid, otherwise a generated one.
    func id(of request: HTTPRequest) -> String {
        Self.clientID(of: request) ?? generate()
    }

    /// Returns a new UUID in the format of version 8.
    func generate() -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).oldValue
        return Identifier<HTTPRequest>.version8(identifiers.bits(for: .requestID, key: "\(number)")).description
    }

    /// `nil` unless the header occurs once with 1 to 128 visible ASCII characters.
    private static func clientID(of request: HTTPRequest) -> String? {
        let values = request.headerFields[values: field]
        guard values.count == 1, (1...128).contains(values[0].utf8.count),
            values[0].utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        return values[0]
    }
}
