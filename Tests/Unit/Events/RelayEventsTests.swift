import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite
@testable import SimulationKit

final class RelayEventsTests: XCTestCase {
    private final class Received: Sendable {
        let positions = Mutex<[LogPosition]>([])
        let rewinds = Mutex<[LogRewind]>([])
    }

    private let received = Received()

    private func open() async throws -> SQLiteStore {
        let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
        try await store.migrate(to: nil)
        return store
    }

    private func write(_ numbers: ClosedRange<UInt64>, to store: SQLiteStore) async throws {
        for number in numbers {
            _ = try await store.write(creation(of: aBooking(number, provider: ProviderID(high: 0, low: number))))
        }
    }

    /// A relay that reads the log in each run.
    private func relay(_ log: any EventLog, from position: LogPosition = .start) -> RelayEvents {
        RelayEvents(
            log: log, bus: InProcessEventBus(), clock: VirtualClock(at: at(0)), metrics: ServiceMetrics(),
            from: position, every: .init(connected: .zero, disconnected: .zero)
        ) { [received] events, _ in
            received.positions.withLock { $0 += events.map(\.position) }
        } rewound: { [received] rewind in
            received.rewinds.withLock { $0.append(rewind) }
        }
    }

    /// A log that can be replaced by another one, as a failover does.
    private final class ExchangedLog: EventLog {
        let current: Mutex<SQLiteStore>

        init(_ store: SQLiteStore) { current = Mutex(store) }

        private var store: SQLiteStore { current.withLock { $0 } }

        func head() async throws(StoreError) -> LogPosition { try await store.head() }
        func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
            try await store.tail(after: position, limit: limit)
        }
        func events(
            after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
        ) async throws(StoreError) -> EventSlice? {
            try await store.events(after: position, in: scope, keptSince: keptSince, limit: limit)
        }
        func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
            try await store.oldest(keptSince: keptSince)
        }
        func changes(after position: LogPosition) async throws(StoreError) -> LogChanges {
            try await store.changes(after: position)
        }
        func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
            try await store.lastChange(in: scope)
        }
        func trim(keptSince: Timestamp, limit: Int) async throws(StoreError) -> Bool {
            try await store.trim(keptSince: keptSince, limit: limit)
        }
    }

    /// Two logs that agree up to position 5: the old one ends at 10, the new one has `anew` other events.
    private func failedOver(
        anew: UInt64, startingAt start: LogPosition = .start
    ) async throws -> (relay: RelayEvents, log: SQLiteStore) {
        let (old, new) = (try await open(), try await open())
        try await write(1...10, to: old)
        try await write(1...5, to: new)
        if anew > 0 { try await write(101...100 + anew, to: new) }
        let log = ExchangedLog(old)
        let relay = relay(log, from: start)
        _ = try await relay.runOnce()
        log.current.withLock { $0 = new }
        received.positions.withLock { $0 = [] }
        return (relay, new)
    }

    func test_each_event_is_delivered_once_and_reading_stops_after_a_slice_that_is_not_full() async throws {
        let store = try await open()
        let log = CountedLog(store)
        let relay = relay(log)
        _ = try await relay.runOnce()
        let first = log.reads.slices
        try await write(1...3, to: store)
        _ = try await relay.runOnce()
        _ = try await relay.runOnce()
        XCTAssertEqual(received.positions.withLock { $0 }, [1, 2, 3].map { LogPosition($0) })
        XCTAssertEqual(log.reads.slices, first + 2)
        XCTAssertEqual(received.rewinds.withLock { $0 }, [])
    }

    func test_a_log_that_ends_before_the_last_delivered_event_was_rewound() async throws {
        let (relay, log) = try await failedOver(anew: 0)
        _ = try await relay.runOnce()
        XCTAssertEqual(
            received.rewinds.withLock { $0 },
            [LogRewind(agreesThrough: LogPosition(5), known: LogPosition(10), head: LogPosition(5))])
        try await write(201...203, to: log)
        _ = try await relay.runOnce()
        XCTAssertEqual(received.positions.withLock { $0 }, [6, 7, 8].map { LogPosition($0) })
        XCTAssertEqual(received.rewinds.withLock { $0.count }, 1)
    }

    func test_a_log_that_holds_other_events_than_those_delivered_was_rewound_however_long_it_is() async throws {
        for anew: UInt64 in [2, 5, 9] {
            let (relay, _) = try await failedOver(anew: anew)
            _ = try await relay.runOnce()
            XCTAssertEqual(
                received.rewinds.withLock { $0.popLast() },
                LogRewind(
                    agreesThrough: LogPosition(5), known: LogPosition(10), head: LogPosition(5 + Int64(anew))))
            XCTAssertEqual(relay.position, LogPosition(5 + Int64(anew)))
            XCTAssertEqual(received.positions.withLock { $0 }, [])
        }
    }

    func test_a_relay_that_delivered_nothing_yet_detects_a_rewind_before_its_start() async throws {
        let (relay, _) = try await failedOver(anew: 9, startingAt: LogPosition(10))
        _ = try await relay.runOnce()
        XCTAssertEqual(received.rewinds.withLock { $0.map(\.agreesThrough) }, [LogPosition(5)])
    }

    func test_an_empty_log_was_rewound_to_its_beginning() async throws {
        let log = ExchangedLog(try await open())
        try await write(1...3, to: log.current.withLock { $0 })
        let relay = relay(log)
        _ = try await relay.runOnce()
        let empty = try await open()
        log.current.withLock { $0 = empty }
        _ = try await relay.runOnce()
        XCTAssertEqual(
            received.rewinds.withLock { $0 }, [LogRewind(agreesThrough: .start, known: LogPosition(3), head: .start)])
    }

    func test_a_trimmed_log_was_not_rewound() async throws {
        let store = try await open()
        try await write(1...3, to: store)
        let relay = relay(store)
        _ = try await relay.runOnce()
        _ = try await store.trim(keptSince: .latest, limit: 100)
        _ = try await relay.runOnce()
        try await write(4...5, to: store)
        _ = try await relay.runOnce()
        XCTAssertEqual(received.rewinds.withLock { $0 }, [])
        XCTAssertEqual(received.positions.withLock { $0 }, (1...5).map { LogPosition($0) })
    }

    func test_a_log_is_read_again_only_for_an_announcement_beyond_the_position_or_for_a_poll() async throws {
        let log = CountedLog(try await open())
        let clock = VirtualClock(at: at(0))
        let relay = RelayEvents(
            log: log, bus: InProcessEventBus(), clock: clock, metrics: ServiceMetrics(), from: .start,
            every: .init(connected: .seconds(2), disconnected: .seconds(1)), deliver: { _, _ in }, rewound: { _ in })
        _ = try await relay.runOnce()
        let first = log.reads.slices
        let next = try await relay.runOnce()
        XCTAssertEqual(next, .after(.seconds(2)))
        XCTAssertEqual(log.reads.slices, first)
        XCTAssertFalse(relay.announce(.start))
        XCTAssertTrue(relay.announce(LogPosition(1)))
        _ = try await relay.runOnce()
        XCTAssertEqual(log.reads.slices, first + 1)
        clock.set(to: at(2))
        _ = try await relay.runOnce()
        XCTAssertEqual(log.reads.slices, first + 2)
    }
}
