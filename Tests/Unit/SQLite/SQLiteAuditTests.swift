import GRDB
import Logging
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsRuntime
@testable import BookingsSQLite

final class SQLiteAuditTests: XCTestCase {
    private func filledStore() async throws -> SQLiteStore {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        try await PlantedViolation.fill(store)
        return store
    }

    /// A store of which each step takes 3 ms on the clock.
    private struct TimedSource: AuditSource {
        let store: SQLiteStore
        let clock: ManualClock

        func audited(after id: BookingID?, limit: Int) async throws(StoreError) -> [AuditedBooking] {
            clock.advance(by: .milliseconds(3))
            return try await store.audited(after: id, limit: limit)
        }

        func auditedEvents(after position: LogPosition, limit: Int) async throws(StoreError) -> AuditedEvents {
            clock.advance(by: .milliseconds(3))
            return try await store.auditedEvents(after: position, limit: limit)
        }
    }

    func test_each_planted_violation_is_found() async throws {
        for planted in PlantedViolation.all {
            let store = try await filledStore()
            try await store.write { try $0.execute(sql: planted.sql) }
            let found = try await store.violations(at: PlantedViolation.now)
            XCTAssertEqual(Set(found.map(\.invariant)), planted.invariants, planted.name)
        }
    }

    func test_a_row_that_is_changed_by_hand_turns_the_metric_within_a_minute() async throws {
        let store = try await filledStore()
        for number in 10..<1500 {
            let provider = ProviderID(high: 9, low: UInt64(number))
            _ = try await store.write(creation(of: aBooking(UInt64(number), provider: provider)))
        }
        let metrics = ServiceMetrics()
        let clock = ManualClock(PlantedViolation.now)
        let loop = AuditLoop(
            audit: AuditData(
                source: TimedSource(store: store, clock: clock), clock: clock, retention: .seconds(604_800)),
            pace: AuditPace(percent: 1),
            clock: clock, metrics: metrics, logger: Logger(label: "audit") { _ in SwiftLogNoOpLogHandler() })
        /// Returns the time on the clock until a metric exceeds a value.
        func seconds(until family: MetricFamily, exceeds value: Double) async throws -> Double {
            var sum = Duration.zero
            while metrics.registry.value(of: family) <= value {
                let next = try await loop.runOnce()
                sum += try XCTUnwrap(next.delay)
            }
            return sum.inSeconds
        }
        _ = try await seconds(until: .auditRounds, exceeds: 0)
        XCTAssertEqual(metrics.registry.value(of: .auditViolations), 0)
        let position = metrics.registry.value(of: .auditPosition)
        XCTAssertEqual(position, 1494)
        try await store.write { database in
            try database.execute(sql: "update bookings set customer_id = 'eve' where id = '\(aBooking(700).id)'")
        }
        let time = try await seconds(until: .auditViolations, exceeds: 0)
        XCTAssertLessThan(time, 60)
        XCTAssertTrue(metrics.exposition().contains(#"audit_violations_total{invariant="history"} 1"#))
    }
}
