import XCTest

@testable import Bookings
@testable import LoadTest

final class ReceivedEventTests: XCTestCase {
    private static let service = "22222222-2222-4222-8222-222222222222"
    private static let created =
        #"{"id":"x","service_id":"\#(service)","event":{"id":"e","occurred_at":"2030-01-01T00:00:00.250Z"}}"#
    private static let reminder =
        #"{"due_at":"2030-01-01T00:00:00.000Z","service_id":"\#(service)","event":{"occurred_at":"2030-01-01T00:00:00.001Z"}}"#

    private func packet(_ text: String) -> ReceivedEvent {
        Array(text.utf8).withUnsafeBytes { ReceivedEvent(packet: $0) }
    }

    func test_the_service_and_the_instants_of_an_event_are_read() {
        let created = packet(#"["booking.created",\#(Self.created)]"#)
        XCTAssertEqual(created.kind, .created)
        XCTAssertEqual(created.service?.description, Self.service)
        XCTAssertEqual(created.occurredAt, RFC3339.parse("2030-01-01T00:00:00.250Z"))
        XCTAssertNil(created.dueAt)
        let reminder = packet(#"["booking.reminder",\#(Self.reminder)]"#)
        XCTAssertEqual(reminder.kind, .reminder)
        XCTAssertEqual(reminder.dueAt, RFC3339.parse("2030-01-01T00:00:00Z"))
        XCTAssertEqual(packet(#"["booking.cancelled",\#(Self.created)]"#).kind, .other)
        XCTAssertNil(packet(#"["booking.created",{}]"#).service)
        XCTAssertNil(packet(#"["booking.created",{"service_id":"22"#).service)
    }

    func test_a_stream_is_read_whatever_its_pieces_are() {
        let text =
            ": comment\n\nid: c\nevent: booking.created\ndata: \(Self.created)\n\n"
            + "id: d\nevent: booking.reminder\ndata: \(Self.reminder)\n\nevent: x\n\n"
        for size in [1, 7, text.utf8.count] {
            var parser = EventStreamParser()
            var events: [ReceivedEvent] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += parser.read(bytes[start..<min(start + size, bytes.count)])
            }
            XCTAssertEqual(events.map(\.kind), [.created, .reminder])
            XCTAssertEqual(events.map(\.service?.description), [Self.service, Self.service])
        }
    }
}
