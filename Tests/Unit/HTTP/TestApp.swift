import HTTPTypes
import Logging
import NIOCore
import Synchronization
import SimulationKit
import TestSupport
import Tracing
import XCTest

@testable import Bookings
@testable import BookingsAuth
@testable import BookingsHTTP
@testable import BookingsRuntime

/// The HTTP interface on an in-memory store with a manual clock. Requests are passed as values, without sockets.
struct TestApp {
    static let noon = RFC3339.parse("2030-05-01T12:00:00Z")!
    static let provider = "11111111-1111-4111-8111-111111111111"
    static let otherProvider = "22222222-2222-4222-8222-222222222222"
    static let service = "33333333-3333-4333-8333-333333333333"
    static let unknownID = "44444444-4444-4444-8444-444444444444"

    let clock = ManualClock(TestApp.noon)
    let inFlightWork = InFlightWork()
    /// All routes of the REST interface.
    let routes: [Route]
    /// Fires the reminders that are due; no loop does.
    let reminders: any ReminderQueue
    /// The events of what was requested.
    let log: any EventLog
    private let responder: RequestPipeline
    private let issuer: TokenIssuer

    static func open(
        logger: Logger = Logger(label: "app") { _ in SwiftLogNoOpLogHandler() }, tracer: (any Tracer)? = nil,
        _ configure: (inout ServiceConfiguration) -> Void = { _ in }
    ) async throws -> TestApp {
        var configuration = ServiceConfiguration()
        configuration.database = .sqliteMemory
        configuration.jwtSecret = [UInt8](repeating: 7, count: 32)
        configure(&configuration)
        return try await TestApp(configuration, logger, tracer)
    }

    private init(_ configuration: ServiceConfiguration, _ logger: Logger, _ tracer: (any Tracer)?) async throws {
        let composition = Composition(configuration: configuration, clock: clock, logger: logger)
        let adapters = try await composition.openAdapters()
        try await composition.prepareSchema(adapters)
        issuer = TokenIssuer(secret: configuration.jwtSecret ?? [], issuer: nil, audience: nil, clock: clock)
        let sealingKey = try await adapters.ports.store.sealingKey()
        let http = HTTPComposition(
            options: configuration.http, ports: adapters.ports.traced(by: tracer), clock: ResponseClock(clock),
            cursorCipher: CursorCipher(key: sealingKey), metrics: ServiceMetrics(),
            inFlightWork: inFlightWork,
            requestLog: configuration.logRequests
                ? BookingsHTTP.RequestLog(logger, hash: SubjectHash(key: sealingKey)) : nil,
            requestTracing: tracer.map(RequestTracing.init), logger: logger, isReady: { true })
        routes = http.controllers().routes
        reminders = adapters.ports.reminders
        log = adapters.ports.log
        responder = http.pipeline(routes)
    }

    func token(_ sub: String, _ roles: String..., provider: String? = nil) -> String {
        issuer.token(
            subject: Subject(sub)!, roles: roles, providerID: provider.flatMap { ProviderID($0) },
            lifetime: .seconds(3600))
    }

    var admin: String { token("root", "admin") }

    func send(
        _ method: HTTPRequest.Method, _ path: String, as token: String? = nil, _ headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        var fields = HTTPFields()
        if let token { fields[.authorization] = "Bearer \(token)" }
        if body != nil, !headers.contains(where: { $0.0 == "Content-Type" }) {
            fields[.contentType] = "application/json"
        }
        for (name, value) in headers { fields.append(HTTPField(name: .init(name)!, value: value)) }
        let head = HTTPRequest(method: method, scheme: "http", authority: "app", path: path, headerFields: fields)
        let buffer = ByteBuffer(string: body ?? "")
        let fits = buffer.readableBytes <= responder.intake(of: head).bodyLimit
        let response = await responder.respond(
            to: IncomingRequest(head: head, body: fits ? .complete(buffer) : .tooLarge))
        let answer = Answer(
            status: response.status.code, headers: response.headers, body: try await Self.bytes(of: response.body))
        let faults = OpenAPIConformance.shared.violations(
            OpenAPIConformance.Exchange(
                method: method.rawValue, path: path, requestBody: body.map { Array($0.utf8) }, status: answer.status,
                headers: response.headers.map { ($0.name.canonicalName, $0.value) }, body: answer.body))
        XCTAssertEqual(faults, [], "\(method) \(path)")
        return answer
    }

    private static func bytes(of body: ResponseBody) async throws -> [UInt8] {
        switch body {
        case .bytes(let bytes): return Array(buffer: bytes)
        case .stream(let write):
            let collected = CollectedBody()
            try await write(collected)
            return collected.bytes.withLock { $0 }
        }
    }

    /// The timestamp that many hours after `noon`.
    static func at(_ hours: Double) -> String {
        RFC3339.string(noon + .milliseconds(Int64(hours * 3_600_000)))
    }

    static func body(
        provider: String = TestApp.provider, customer: String? = nil, from: Double = 1, to: Double = 2
    ) -> String {
        let named = customer.map { #","customer_id":"\#($0)""# } ?? ""
        return """
            {"provider_id":"\(provider)","service_id":"\(service)","start_time":"\(at(from))","end_time":"\(at(to))"\(named)}
            """
    }

    /// Creates a booking as an admin and returns its id.
    func book(
        provider: String = TestApp.provider, customer: String? = nil, from: Double = 1, to: Double = 2
    ) async throws -> String {
        let answer = try await send(
            .post, "/bookings", as: admin, body: Self.body(provider: provider, customer: customer, from: from, to: to))
        XCTAssertEqual(answer.status, 201, answer.text)
        return answer.text(at: "id")
    }
}

struct Answer {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue.parse(body)) ?? .null }
    var slug: String { String(text(at: "type").dropFirst("/problems/".count)) }
    /// The pointers of a problem's errors.
    var pointers: [String] { elements("errors").compactMap { $0["pointer"]?.string }.sorted() }

    func header(_ name: String) -> String? { headers[.init(name)!] }
    func text(at name: String) -> String { json[name]?.string ?? "" }
    func elements(_ name: String) -> [JSONValue] {
        if case .array(let elements)? = json[name] { elements } else { [] }
    }

    /// The ids of the bookings in a page.
    var ids: [String] { elements("data").compactMap { $0["id"]?.string } }
    func meta(_ name: String) -> JSONValue? { json["meta"]?[name] }
}

/// A clock that tests advance. Its scheduled actions are never called.
final class ManualClock: WallClock {
    private let instant: Mutex<Timestamp>

    init(_ instant: Timestamp) { self.instant = Mutex(instant) }

    func now() -> Timestamp { instant.withLock { $0 } }
    func elapsed() -> Duration { .milliseconds(now().milliseconds) }

    func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }

    func schedule(at instant: Timestamp, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        UnscheduledAction()
    }
    func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> any ScheduledAction {
        UnscheduledAction()
    }

    private struct UnscheduledAction: ScheduledAction {
        func cancel() {}
    }
}

private final class CollectedBody: ResponseBodyWriter {
    let bytes = Mutex<[UInt8]>([])

    func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += buffer.readableBytesView } }
}
