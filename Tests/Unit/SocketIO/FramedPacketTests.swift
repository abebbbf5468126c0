import NIOCore
import NIOWebSocket
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class FramedPacketTests: XCTestCase {
    /// The lengths at which the header of RFC 6455, section 5.2, grows.
    func test_the_frame_has_the_header_for_its_length() {
        let table: [(length: Int, header: [UInt8])] = [
            (0, [0x81, 0]), (125, [0x81, 125]), (126, [0x81, 126, 0, 126]), (0xffff, [0x81, 126, 0xff, 0xff]),
            (0x10000, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ]
        for (length, header) in table {
            let packet = FramedPacket(String(repeating: "x", count: length))
            XCTAssertEqual(Array(packet.frame.readableBytesView.prefix(header.count)), header)
            XCTAssertEqual(packet.frame.readableBytes, header.count + length)
            XCTAssertEqual(String(buffer: packet.packet), String(repeating: "x", count: length))
        }
    }

    func test_frames_of_a_batch_are_those_of_its_events_in_one_buffer_and_are_made_once() {
        let encoder = EventEncoder(cursorCipher: CursorCipher(key: [UInt8](repeating: 1, count: 32)))
        let events = (1...3).map { number in
            EncodedEvent(
                LoggedEvent(
                    position: LogPosition(Int64(number)),
                    event: BookingEvent(
                        booking: aBooking(UInt64(number), customer: subject("ann")), kind: .action(.create),
                        occurredAt: at(0))), encoder: encoder, carriesOffset: false)
        }
        for audience in [SocketAudience.anonymous, .scope(.all)] {
            var (first, second) = (EventBatch(events), EventBatch(events))
            let expected = events.map { Array($0.packet(for: audience).frame.readableBytesView) }.flatMap(\.self)
            XCTAssertEqual(Array(first.frames(for: audience).readableBytesView), expected)
            var copy = first
            second = first
            let storages = [copy.frames(for: audience), second.frames(for: audience), first.frames(for: audience)].map {
                $0.withUnsafeReadableBytes { $0.baseAddress }
            }
            XCTAssertEqual(Set(storages).count, 1, "all event loops share one buffer")
        }
    }

    func test_a_single_event_is_shared_by_the_sockets_of_both_transports() {
        let encoder = EventEncoder(cursorCipher: CursorCipher(key: [UInt8](repeating: 1, count: 32)))
        let event = EncodedEvent(
            LoggedEvent(
                position: LogPosition(1),
                event: BookingEvent(booking: aBooking(), kind: .action(.create), occurredAt: at(0))),
            encoder: encoder, carriesOffset: false)
        var batch = EventBatch([event])
        let frame = batch.frames(for: .scope(.all)).withUnsafeReadableBytes { $0.baseAddress }
        let packet = event.packet(for: .scope(.all))
        XCTAssertEqual(frame, packet.frame.withUnsafeReadableBytes { $0.baseAddress })
        XCTAssertEqual(frame.map { $0 + 4 }, packet.packet.withUnsafeReadableBytes { $0.baseAddress })
    }
}
