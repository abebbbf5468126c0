import Logging
import NIOCore
import NIOEmbedded
import XCTest

@testable import Bookings
@testable import BookingsRuntime

/// The limit of connections: which connections are within it, and which one is closed for the next.
final class ConnectionCounterTests: XCTestCase {
    /// Counts the events that ask its connection to close.
    private final class Recorder: ChannelInboundHandler {
        typealias InboundIn = Never
        var events = 0

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is ConnectionEvent { events += 1 }
        }
    }

    func test_the_oldest_connection_beyond_the_limit_is_closed_for_the_next() throws {
        let counter = ConnectionCounter(limit: 2, metrics: ServiceMetrics())
        let recorders = (0..<12).map { _ in Recorder() }
        let channels = recorders.map { EmbeddedChannel(handler: $0) }
        for channel in channels[..<2] { counter.opened(channel) }
        XCTAssertEqual(channels[..<2].map(counter.placement), [.within, .within])
        XCTAssertFalse(counter.isBelowLimit)
        for channel in channels[2..<9] { counter.opened(channel) }
        XCTAssertEqual(channels[2..<9].map(counter.placement), Array(repeating: .beyond, count: 7))
        XCTAssertEqual(recorders.map(\.events), Array(repeating: 0, count: 12))
        counter.opened(channels[9])
        XCTAssertEqual(counter.placement(of: channels[2]), .displaced)
        XCTAssertFalse(counter.hasRoom)
        XCTAssertEqual(recorders.map(\.events), [0, 0, 1] + Array(repeating: 0, count: 9))
        XCTAssertTrue(counter.closed(channels[2]), "Accepting was not suspended.")
        XCTAssertTrue(counter.hasRoom)
        _ = counter.closed(channels[3])
        counter.opened(channels[10])
        counter.opened(channels[11])
        XCTAssertEqual(recorders.map(\.events), [0, 0, 1, 0, 1] + Array(repeating: 0, count: 7))
    }

    /// The next read of the listening socket is decided after every connection of the burst is counted.
    func test_a_burst_of_connections_is_counted_before_the_next_read() throws {
        let counter = ConnectionCounter(limit: 2, metrics: ServiceMetrics())
        let accept = AcceptHandler(counter: counter, metrics: ServiceMetrics(), logger: Logger(label: "test"))
        let listener = EmbeddedChannel(handler: accept)
        let channels = (0..<10).map { _ in EmbeddedChannel() }
        for channel in channels { try listener.writeInbound(channel as any Channel) }
        XCTAssertFalse(counter.hasRoom)
        XCTAssertEqual(counter.placement(of: channels[2]), .displaced)
        try channels[2].close().wait()
        channels[2].embeddedEventLoop.run()
        listener.embeddedEventLoop.run()
        XCTAssertTrue(counter.hasRoom)
    }
}
