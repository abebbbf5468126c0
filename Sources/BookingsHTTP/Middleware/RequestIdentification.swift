import Bookings
import HTTPTypes
import Synchronization

/// Gives each request the ID that its response, its problem details and its log lines carry, and its place in a trace.
struct RequestIdentification: Sendable {
    private static let traceparent = HTTPField.Name("traceparent")!
    private static let tracestate = HTTPField.Name("tracestate")!

    private let requestIDs: RequestIDs

    init(_ requestIDs: RequestIDs) {
        self.requestIDs = requestIDs
    }

    func identify(_ context: inout RequestContext) {
        let id = requestIDs.id(of: context.request)
        context.requestID = id.text
        let trace = Self.clientTrace(of: context.request)
        context.trace = trace ?? TraceContext(newTrace: id.randomBits)
        context.isTraceFollowed = trace != nil
    }

    func mark(_ response: inout Response, _ context: borrowing RequestContext) {
        response.headers.append(HTTPField(name: RequestIDs.field, value: context.requestID))
    }

    /// `nil` unless `traceparent` occurs once and is valid.
    private static func clientTrace(of request: HTTPRequest) -> TraceContext? {
        guard request.headerFields.contains(traceparent) else { return nil }
        let values = request.headerFields[values: traceparent]
        guard values.count == 1 else { return nil }
        return TraceContext(traceparent: values[0], tracestate: request.headerFields[values: tracestate])
    }
}

/// Takes over or generates request IDs.
final class RequestIDs: Sendable {
    /// The ID of a request.
    struct RequestID {
        let text: String
        /// The bits of a trace that begins with the request. They are those of a generated ID: a trace and the request that
        /// began it have the same digits.
        let randomBits: RandomBits
    }

    static let field = HTTPField.Name("X-Request-ID")!

    private let identifiers: any IdentifierSource
    /// The key of the next random bits, so that a seeded source never generates an ID twice.
    private let count = Atomic<UInt64>(0)

    init(_ identifiers: any IdentifierSource) {
        self.identifiers = identifiers
    }

    /// Returns the client's ID if it is valid, otherwise a generated one.
    func id(of request: HTTPRequest) -> RequestID {
        guard let text = Self.clientID(of: request) else { return generate() }
        return RequestID(text: text, randomBits: identifiers.bits(for: .trace, key: text))
    }

    /// Returns a new UUID in the format of version 8.
    func generate() -> RequestID {
        let number = count.wrappingAdd(1, ordering: .relaxed).oldValue
        let id = Identifier<HTTPRequest>.version8(identifiers.bits(for: .requestID, key: "\(number)"))
        return RequestID(text: id.description, randomBits: RandomBits(high: id.high, low: id.low))
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
