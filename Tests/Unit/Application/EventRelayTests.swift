import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSQLite

final class EventRelayTests: XCTestCase {
    private final class Heard: Sendable {
        let places = Mutex<[LogPosition]>([])
        let rewinds = Mutex<[LogRewind]>([])
    }

    private let heard = Heard()

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

    private func relay(_ log: any EventLog, from position: LogPosition = .start) -> EventRelay {
        EventRelay(log: log, from: position) { [heard] events, _ in
            heard.places.withLock { $0 += events.map(\.position) }
        } rewound: { [heard] rewind in
            heard.rewinds.withLock { $0.append(rewind) }
        }
    }

    /// A log that may be exchanged for another one, as a failover does.
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
        func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
            try await store.lastChange(in: scope)
        }
        func trim(keptSince: Timestamp) async throws(StoreError) { try await store.trim(keptSince: keptSince) }
    }

    /// Two logs that agree through place 5: the old one ends at 10, the one after the failover has `anew` events more.
    private func failedOver(
        anew: UInt64, startingAt start: LogPosition = .start
    ) async throws -> (relay: EventRelay, log: SQLiteStore) {
        let (old, new) = (try await open(), try await open())
        try await write(1...10, to: old)
        try await write(1...5, to: new)
        if anew > 0 { try await write(101...100 + anew, to: new) }
        let log = ExchangedLog(old)
        var relay = relay(log, from: start)
        try await relay.runOnce()
        log.current.withLock { $0 = new }
        heard.places.withLock { $0 = [] }
        return (relay, new)
    }

    func test_each_event_is_handed_on_once_and_a_slice_that_is_not_full_is_the_last() async throws {
        let store = try await open()
        let log = CountedLog(store)
        var relay = relay(log)
        try await relay.runOnce()
        let first = log.readings.slices
        try await write(1...3, to: store)
        try await relay.runOnce()
        try await relay.runOnce()
        XCTAssertEqual(heard.places.withLock { $0 }, [1, 2, 3].map { LogPosition($0) })
        XCTAssertEqual(log.readings.slices, first + 2)
        XCTAssertEqual(heard.rewinds.withLock { $0 }, [])
    }

    func test_a_log_that_ends_before_what_was_handed_on_went_back() async throws {
        var (relay, log) = try await failedOver(anew: 0)
        try await relay.runOnce()
        XCTAssertEqual(
            heard.rewinds.withLock { $0 },
            [LogRewind(agreesThrough: LogPosition(5), known: LogPosition(10), head: LogPosition(5))])
        try await write(201...203, to: log)
        try await relay.runOnce()
        XCTAssertEqual(heard.places.withLock { $0 }, [6, 7, 8].map { LogPosition($0) })
        XCTAssertEqual(heard.rewinds.withLock { $0.count }, 1)
    }

    func test_a_log_that_holds_other_events_than_those_handed_on_went_back_however_long_it_is() async throws {
        for anew: UInt64 in [2, 5, 9] {
            var (relay, _) = try await failedOver(anew: anew)
            try await relay.runOnce()
            XCTAssertEqual(
                heard.rewinds.withLock { $0.popLast() },
                LogRewind(
                    agreesThrough: LogPosition(5), known: LogPosition(10), head: LogPosition(5 + Int64(anew))))
            XCTAssertEqual(relay.position, LogPosition(5 + Int64(anew)))
            XCTAssertEqual(heard.places.withLock { $0 }, [])
        }
    }

    func test_a_relay_that_handed_nothing_on_yet_knows_the_events_before_its_place() async throws {
        var (relay, _) = try await failedOver(anew: 9, startingAt: LogPosition(10))
        try await relay.runOnce()
        XCTAssertEqual(heard.rewinds.withLock { $0.map(\.agreesThrough) }, [LogPosition(5)])
    }

    func test_a_log_of_which_nothing_is_left_went_back_to_its_beginning() async throws {
        let log = ExchangedLog(try await open())
        try await write(1...3, to: log.current.withLock { $0 })
        var relay = relay(log)
        try await relay.runOnce()
        let empty = try await open()
        log.current.withLock { $0 = empty }
        try await relay.runOnce()
        XCTAssertEqual(
            heard.rewinds.withLock { $0 }, [LogRewind(agreesThrough: .start, known: LogPosition(3), head: .start)])
    }

    func test_a_trimmed_log_did_not_go_back() async throws {
        let store = try await open()
        try await write(1...3, to: store)
        var relay = relay(store)
        try await relay.runOnce()
        try await store.trim(keptSince: .latest)
        try await relay.runOnce()
        try await write(4...5, to: store)
        try await relay.runOnce()
        XCTAssertEqual(heard.rewinds.withLock { $0 }, [])
        XCTAssertEqual(heard.places.withLock { $0 }, (1...5).map { LogPosition($0) })
    }
}
