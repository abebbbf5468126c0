import HTTPTypes
import NIOCore
import Synchronization
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsHTTP
@testable import BookingsRuntime
@testable import BookingsSQLite
@testable import SimulationKit

/// Event streams on a store whose reads are counted, with a relay that delivers to them.
final class EventStreamReadsTests: XCTestCase {
    /// Collects what a stream writes; it reports its first write, which is the comment that opens the stream.
    private final class Client: ResponseBodyWriter, Sendable {
        private let text = Mutex("")
        private let opened: @Sendable () -> Void

        init(opened: @escaping @Sendable () -> Void) { self.opened = opened }

        func write(_ buffer: ByteBuffer) async throws {
            let isFirst = text.withLock { text in
                defer { text += String(buffer: buffer) }
                return text.isEmpty
            }
            if isFirst { opened() }
        }

        /// The numbers of the bookings whose events were received.
        var received: [UInt64] {
            text.withLock { text in
                text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.compactMap { line in
                    (try? JSONValue.parse(Array(line.dropFirst(6).utf8)))?["id"]?.string
                        .flatMap { BookingID($0)?.low }
                }
            }
        }
    }

    private struct Fixture {
        let store: SQLiteStore
        let log: CountedLog
        let clock = VirtualClock(at: at(0))
        let work = InFlightWork()
        let streams = EventStreams(from: .start)
        let relay: RelayEvents

        static func open() async throws -> Fixture {
            let store = try SQLiteStore.open(.memory, identifiers: CountingIdentifiers())
            try await store.migrate(to: nil)
            return Fixture(store)
        }

        private init(_ store: SQLiteStore) {
            self.store = store
            log = CountedLog(store)
            relay = RelayEvents(
                log: store, bus: InProcessEventBus(), clock: clock, metrics: ServiceMetrics(), from: .start,
                every: .init(connected: .zero, disconnected: .zero)
            ) { [streams] events, through in
                streams.deliver(events, through: through)
            } rewound: { _ in
            }
        }

        func stream(_ provider: ProviderID, after position: LogPosition = .start) -> EventStream {
            let caller = Principal(
                subject: subject("caller"), roles: [.provider], providerID: provider, expiresAt: at(3600))
            let readEvents = ReadEvents(
                log: log, continuity: LogContinuity(clock: clock), clock: clock, retention: .seconds(3600))
            return EventStream(
                readEvents: readEvents, encoder: EventEncoder(cursorCipher: CursorCipher(key: [])), clock: clock,
                inFlightWork: work, streams: streams, principal: caller,
                scope: BookingScope(provider: provider), start: position, generation: streams.generation)
        }

        func write(_ numbers: ClosedRange<UInt64>, provider: ProviderID = aProvider) async throws {
            for number in numbers {
                let start = 3600 * Int(number)
                _ = try await store.write(
                    creation(of: aBooking(number, provider: provider, slot: slot(start, start + 60))))
            }
        }

        func deliver() async throws {
            _ = try await relay.runOnce()
            await settle()
        }

        func settle() async {
            _ = await work.waitUntilIdle(within: .seconds(60), on: SystemClock())
        }

        /// Runs `body` with open streams; they end when it returns.
        func with(_ streams: [EventStream], _ body: ([Client]) async throws -> Void) async throws {
            let (openings, opening) = AsyncStream<Void>.makeStream()
            let clients = streams.map { _ in Client { opening.yield() } }
            let tasks = zip(streams, clients).map { stream, client in
                Task { try? await writeBody(of: stream, to: client) }
            }
            defer { tasks.forEach { $0.cancel() } }
            var opened = openings.makeAsyncIterator()
            for _ in streams { await opened.next() }
            await settle()
            try await body(clients)
        }
    }

    func test_an_event_causes_no_read_for_a_thousand_streams_that_do_not_receive_it() async throws {
        let fixture = try await Fixture.open()
        let idle = (0..<1000).map { fixture.stream(ProviderID(high: 5, low: $0)) }
        try await fixture.with(idle + [fixture.stream(aProvider)]) { clients in
            let reads = fixture.log.reads
            for number: UInt64 in 1...5 {
                try await fixture.write(number...number)
                try await fixture.deliver()
            }
            XCTAssertEqual(fixture.log.reads, reads)
            XCTAssertEqual(clients.last?.received, [1, 2, 3, 4, 5])
            XCTAssertEqual(clients.dropLast().filter { !$0.received.isEmpty }.count, 0)
        }
    }

    func test_a_stream_from_a_cursor_gets_missed_and_live_events_once_and_in_order() async throws {
        let fixture = try await Fixture.open()
        try await fixture.write(1...150)
        try await fixture.deliver()
        try await fixture.write(151...155)
        try await fixture.with([fixture.stream(aProvider, after: LogPosition(3))]) { clients in
            let reads = fixture.log.reads.slices
            XCTAssertEqual(clients[0].received, Array(4...155))
            try await fixture.deliver()
            try await fixture.write(156...160)
            try await fixture.deliver()
            XCTAssertEqual(clients[0].received, Array(4...160))
            XCTAssertEqual(fixture.log.reads.slices, reads)
        }
    }

    func test_a_stream_that_falls_behind_reads_the_log_and_misses_nothing() async throws {
        let fixture = try await Fixture.open()
        try await fixture.with([fixture.stream(aProvider)]) { clients in
            let reads = fixture.log.reads.slices
            try await fixture.write(1...250)
            try await fixture.deliver()
            XCTAssertEqual(clients[0].received, Array(1...250))
            XCTAssertEqual(fixture.log.reads.slices, reads + 2)
            try await fixture.write(251...252)
            try await fixture.deliver()
            XCTAssertEqual(clients[0].received, Array(1...252))
            XCTAssertEqual(fixture.log.reads.slices, reads + 2)
        }
    }

    func test_streams_that_began_before_a_rewind_end() async throws {
        let fixture = try await Fixture.open()
        let stream = fixture.stream(aProvider)
        fixture.streams.restart(at: .start)
        let client = Client {}
        try await writeBody(of: stream, to: client)
        XCTAssertEqual(client.received, [])
    }
}

/// Writes the body of a stream's response.
private func writeBody(of stream: EventStream, to client: any ResponseBodyWriter) async throws {
    guard case .stream(let write) = stream.response.body else { return XCTFail("The body is no stream.") }
    try await write(client)
}
