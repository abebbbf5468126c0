import Logging
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsRuntime
@testable import BookingsSQLite
@testable import BookingsWebhooks
@testable import SimulationKit

/// A store in memory, and the deliveries of replicas on it.
private struct DeliveryFixture {
    let store: SQLiteStore
    var clock: any WallClock = SystemClock()
    let cipher = CursorCipher(key: [UInt8](repeating: 1, count: 32))

    init() async throws {
        store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
    }

    func makeDeliveries(
        from position: LogPosition, tracing: DeliveryTracing? = nil, logger: Logger = Logger(label: "test"),
        on webhooks: (any WebhookStore)? = nil
    ) -> DeliverWebhooks {
        DeliverWebhooks(
            DeliveryServices(
                store: webhooks ?? store, log: store, encoder: EventEncoder(cursorCipher: cipher),
                cipher: SecretCipher(key: nil),
                clock: clock, identifiers: CountingIdentifiers(), inFlightWork: InFlightWork(),
                metrics: ServiceMetrics(), logger: logger, tracing: tracing,
                retention: .seconds(3600)
            ) { [clock] url in
                EndpointClient(
                    url: url, rules: WebhookAddressRules(isProduction: false), resolve: HostResolver.system,
                    clock: clock)
            },
            from: position)
    }

    /// Writes bookings that were made now, and returns the head of the log.
    func book(_ numbers: ClosedRange<UInt64>, by origin: RequestOrigin = anOrigin) async throws -> LogPosition {
        let now = clock.now()
        for number in numbers {
            let start = now + .seconds(3600 + 60 * Int64(number))
            let booking = aBooking(number, slot: .stored(start: start, end: start + .seconds(60)), at: now)
            _ = try await store.write(creation(of: booking, by: origin))
        }
        return try await store.head()
    }

    /// Runs the deliveries beside the body, and ends when they have given up their leases.
    ///
    /// - Parameter isCut: Whether what is in flight is ended then.
    func running(
        _ deliveries: DeliverWebhooks, isCut: Bool = false, _ body: () async throws -> Void
    ) async throws {
        let run = Task { await deliveries.runUntilStopped() }
        try await body()
        deliveries.stop()
        if isCut { deliveries.cut() }
        await run.value
    }
}

/// The deliveries of a replica, from the store to a receiver in the process.
final class DeliverWebhooksTests: XCTestCase {
    private func names(_ bodies: [String]) -> [String] {
        bodies.compactMap { (try? JSONValue.parse(Array($0.utf8)))?["name"]?.string }
    }

    func test_events_are_delivered_and_the_lease_is_given_up_at_the_end() async throws {
        let fixture = try await DeliveryFixture()
        let listener = try await WebhookListener.start()
        _ = try await fixture.store.addWebhook(aWebhook(url: listener.url, ordering: .endpoint))
        let head = try await fixture.book(1...5)
        let deliveries = fixture.makeDeliveries(from: head)
        try await fixture.running(deliveries) { await listener.wait(for: 5) }
        let webhook = try await fixture.store.webhook(aWebhook().id)
        XCTAssertEqual(webhook?.progress.position, head)
        XCTAssertEqual(webhook?.state, .active)
        let lease = try await fixture.store.leaseWebhooks(
            [aWebhook().id], at: fixture.clock.now(), until: fixture.clock.now())
        XCTAssertNotNil(lease.first?.token, "the lease is free")
        XCTAssertEqual(names(listener.bodies), [String](repeating: "booking.created", count: 5))
        try await listener.stop()
    }

    func test_a_delivery_without_an_answer_is_decided_by_a_shutdown() async throws {
        let fixture = try await DeliveryFixture()
        let listener = try await WebhookListener.start(answers: false)
        _ = try await fixture.store.addWebhook(aWebhook(url: listener.url))
        let deliveries = fixture.makeDeliveries(from: try await fixture.book(1...1))
        try await fixture.running(deliveries, isCut: true) { await listener.wait(for: 1) }
        let webhook = try await fixture.store.webhook(aWebhook().id)
        XCTAssertEqual(webhook?.progress.retries.map(\.position), [LogPosition(1)])
        XCTAssertEqual(webhook?.progress.lastError, "the service was stopped during the attempt")
        try await listener.stop()
    }

    func test_a_shutdown_does_not_wait_for_a_store_that_fails() async throws {
        var fixture = try await DeliveryFixture()
        // A pause on this clock lasts until the test ends.
        fixture.clock = VirtualClock(at: fixture.clock.now())
        let listener = try await WebhookListener.start()
        _ = try await fixture.store.addWebhook(aWebhook(url: listener.url))
        let failing = InterceptedWebhooks(
            store: fixture.store, onSave: { _ throws(StoreError) in throw .unavailable("the store fails") })
        let deliveries = fixture.makeDeliveries(from: try await fixture.book(1...1), on: failing)
        let run = Task { await deliveries.runUntilStopped() }
        await listener.wait(for: 1)
        deliveries.stop()
        let limit = Task {
            try await Task.sleep(for: .seconds(30))
            XCTFail("the shutdown waits for a store that fails")
            run.cancel()
        }
        await run.value
        limit.cancel()
        try await listener.stop()
    }

    func test_a_webhook_behind_the_retention_gets_one_resync() async throws {
        let fixture = try await DeliveryFixture()
        let listener = try await WebhookListener.start()
        _ = try await fixture.store.addWebhook(aWebhook(url: listener.url))
        _ = try await fixture.book(1...2)
        _ = try await fixture.store.trim(keptSince: fixture.clock.now() + .seconds(1), limit: 10)
        let deliveries = fixture.makeDeliveries(from: try await fixture.book(3...3))
        try await fixture.running(deliveries) { await listener.wait(for: 2) }
        XCTAssertEqual(names(listener.bodies), ["resync", "booking.created"])
        let oldest = try JSONValue.parse(Array(listener.bodies[0].utf8))["data"]?["oldest"]?.string ?? ""
        XCTAssertEqual(fixture.cipher.position(of: oldest), LogPosition(2))
        try await listener.stop()
    }

    func test_an_event_that_a_new_filter_accepts_is_delivered_after_the_change() async throws {
        let fixture = try await DeliveryFixture()
        let listener = try await WebhookListener.start()
        let added = try await fixture.store.addWebhook(aWebhook(url: listener.url, events: [.created]))
        var webhook = try XCTUnwrap(added)
        let head = try await fixture.book(1...1)
        let deliveries = fixture.makeDeliveries(from: head)
        try await fixture.running(deliveries) {
            await listener.wait(for: 1)
            // Another replica changes the filter while this one holds the lease.
            webhook.events = [.cancelled]
            _ = try await fixture.store.changeWebhook(webhook, restartingAfter: nil)
            let stored = try await fixture.store.booking(aBooking().id)
            let booking = try XCTUnwrap(stored)
            let cancellation = try XCTUnwrap(change(booking, .cancel, at: fixture.clock.now()))
            _ = try await fixture.store.write(cancellation)
            let slice = try await fixture.store.tail(after: head, limit: 9)
            deliveries.deliver(slice?.events ?? [], through: slice?.through ?? head)
            deliveries.refresh()
            await listener.wait(for: 2)
        }
        XCTAssertEqual(names(listener.bodies), ["booking.created", "booking.cancelled"])
        try await listener.stop()
    }

    func test_two_replicas_deliver_each_event_once() async throws {
        let fixture = try await DeliveryFixture()
        let listener = try await WebhookListener.start()
        for number in 1...5 as ClosedRange<UInt64> {
            _ = try await fixture.store.addWebhook(aWebhook(number, url: listener.url))
        }
        let head = try await fixture.book(1...8)
        let (first, second) = (fixture.makeDeliveries(from: head), fixture.makeDeliveries(from: head))
        try await fixture.running(first) {
            try await fixture.running(second) { await listener.wait(for: 40) }
        }
        XCTAssertEqual(listener.bodies.count, 40)
        try await listener.stop()
    }

    func test_the_lag_of_what_is_not_delivered_is_known_by_state() async throws {
        let fixture = try await DeliveryFixture()
        let listener = try await WebhookListener.start(answers: false)
        var paused = aWebhook(2, url: listener.url)
        paused.state = .paused
        _ = try await fixture.store.addWebhook(paused)
        let head = try await fixture.book(1...2)
        // One that waits for an answer, and one that nothing is owed to.
        _ = try await fixture.store.addWebhook(aWebhook(1, url: listener.url, ordering: .endpoint))
        _ = try await fixture.store.addWebhook(aWebhook(3, url: listener.url, from: head))
        let deliveries = fixture.makeDeliveries(from: head)
        XCTAssertEqual(deliveries.lags(), [:])
        try await fixture.running(deliveries, isCut: true) {
            await listener.wait(for: 1)
            XCTAssertEqual(Set(deliveries.lags().keys), [.active, .paused])
        }
        // The attempt that was cut off is repeated by the next holder of the lease.
        XCTAssertEqual(Set(deliveries.lags().keys), [.paused])
        try await listener.stop()
    }

    func test_a_delivery_and_its_log_lines_continue_the_trace_of_the_request() async throws {
        let (fixture, log) = (try await DeliveryFixture(), RecordedLog())
        let listener = try await WebhookListener.start()
        _ = try await fixture.store.addWebhook(aWebhook(url: listener.url, ordering: .endpoint))
        _ = try await fixture.book(1...1, by: aTracedOrigin)
        let deliveries = fixture.makeDeliveries(from: try await fixture.book(2...2), logger: log.logger)
        try await fixture.running(deliveries) { await listener.wait(for: 2) }
        XCTAssertEqual(listener.traceparents, [aTrace.traceparent, nil])
        XCTAssertFalse(listener.bodies.contains { $0.contains(aTrace.traceIDText) }, "the event has no other member")
        let lines = log.recorded.filter { $0.hasPrefix("debug An event was delivered to a webhook.") }
        XCTAssertEqual(
            lines.map { $0.contains("\"trace_id\": \(aTrace.traceIDText)") }, [true, false], "\(log.recorded)")
        try await listener.stop()
    }

    func test_with_a_tracer_each_attempt_is_a_child_span_of_the_request() async throws {
        let (fixture, tracer) = (try await DeliveryFixture(), FieldTracer())
        let listener = try await WebhookListener.start()
        _ = try await fixture.store.addWebhook(aWebhook(url: listener.url, ordering: .endpoint))
        _ = try await fixture.book(1...1, by: aTracedOrigin)
        let head = try await fixture.book(2...2)
        let deliveries = fixture.makeDeliveries(from: head, tracing: DeliveryTracing(tracer))
        try await fixture.running(deliveries) { await listener.wait(for: 2) }
        let spans = tracer.spans.finishedSpans
        XCTAssertEqual(spans.map(\.operationName), ["deliver webhook", "deliver webhook"])
        XCTAssertEqual(spans.map { $0.traceID == aTrace.traceIDText }, [true, false])
        XCTAssertEqual(spans.map(\.parentSpanID), ["00000000000000b7", nil])
        XCTAssertEqual(listener.traceparents, spans.map { "00-\($0.traceID)-\($0.spanID)-01" })
        for span in spans {
            XCTAssertEqual(span.attributes["http.response.status_code"]?.toSpanAttribute(), .int64(204))
        }
        try await listener.stop()
    }
}
