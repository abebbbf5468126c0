import NIOCore
import NIOEmbedded
import XCTest

@testable import Bookings

/// Which connections are within the limit, and which one makes room for the next.
final class ConnectionCounterTests: XCTestCase {
    /// Counts the events that ask its connection to make room.
    private final class Recorder: ChannelInboundHandler {
        typealias InboundIn = Never
        var events = 0

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is ConnectionEvent { events += 1 }
        }
    }

    func testTheOldestConnectionBeyondTheLimitMakesRoomForTheNext() throws {
        let counter = ConnectionCounter(limit: 2, metrics: ServiceMetrics())
        let recorders = (0..<12).map { _ in Recorder() }
        let channels = recorders.map { EmbeddedChannel(handler: $0) }
        let placements = channels.prefix(2).map { counter.opened($0) }
        XCTAssertEqual(placements, [.within, .within])
        XCTAssertFalse(counter.isBelowLimit)
        for channel in channels[2..<9] { XCTAssertEqual(counter.opened(channel), .beyond) }
        XCTAssertEqual(recorders.map(\.events), Array(repeating: 0, count: 12))
        _ = counter.opened(channels[9])
        XCTAssertFalse(counter.hasRoom)
        XCTAssertEqual(recorders.map(\.events), [0, 0, 1] + Array(repeating: 0, count: 9))
        XCTAssertTrue(counter.closed(channels[2]), "accepting was suspended")
        XCTAssertTrue(counter.hasRoom)
        _ = counter.closed(channels[3])
        _ = counter.opened(channels[10])
        _ = counter.opened(channels[11])
        XCTAssertEqual(recorders.map(\.events), [0, 0, 1, 0, 1] + Array(repeating: 0, count: 7))
    }
}
