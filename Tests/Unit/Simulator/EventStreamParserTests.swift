import XCTest

@testable import SimulationKit

final class EventStreamParserTests: XCTestCase {
    func test_events_are_read_over_the_ends_of_chunks_and_without_comments() {
        var parser = EventStreamParser()
        XCTAssertEqual(parser.append(":\n\nid: c1\nevent: booking.created\nda"), [])
        XCTAssertEqual(
            parser.append("ta: {\"a\":1}\n\n:\n\nid: c2\n"),
            [StreamedEvent(id: "c1", name: "booking.created", data: "{\"a\":1}")])
        XCTAssertEqual(
            parser.append("event: b\ndata: {}\n\n"), [StreamedEvent(id: "c2", name: "b", data: "{}")])
    }

    func test_a_block_without_data_is_no_event() {
        var parser = EventStreamParser()
        XCTAssertEqual(parser.append("id: c1\nevent: b\n\n"), [])
    }
}
