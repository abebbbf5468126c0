import NIOCore
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class SocketAudienceTests: XCTestCase {
    private static let other = ProviderID(high: 0x9999_9999_9999_4999, low: 0x8999_9999_9999_9999)

    func test_a_socket_gets_the_events_of_its_audience_once() async throws {
        let fixture = try await GatewayFixture.open()
        let sockets: [(name: String, roles: [String], subject: String?, provider: ProviderID?, expected: [Int64])] = [
            ("the provider", ["provider"], "smith", aProvider, [1]),
            ("another provider", ["provider"], "jones", Self.other, [2]),
            ("the customer", ["customer"], "ann", nil, [1]), ("another customer", ["customer"], "bob", nil, []),
            ("provider and customer", ["provider", "customer"], "ann", Self.other, [1, 2]),
            ("provider and customer of one booking", ["provider", "customer"], "ann", aProvider, [1]),
            ("an admin", ["admin"], "root", nil, [1, 2]), ("anonymous", [], nil, nil, [1, 2]),
        ]
        var transports: [PollingTransport] = []
        for (_, roles, name, provider, _) in sockets {
            let transport = try await fixture.poll()
            let token = name.map {
                fixture.issuer.token(subject: subject($0), roles: roles, providerID: provider, lifetime: .seconds(600))
            }
            _ = await fixture.post(token.map { "40{\"token\":\"\($0)\"}" } ?? "40", to: transport)
            let answer = await fixture.get(transport)
            XCTAssertTrue(answer.hasPrefix("40{"), answer)
            transports.append(transport)
        }
        fixture.gateway.deliver(
            [event(1, aBooking(customer: subject("ann"))), event(2, aBooking(2, provider: Self.other))],
            through: LogPosition(2))
        let isIdle = await eventually { fixture.inFlightWork.isIdle }
        XCTAssertTrue(isIdle)
        for (socket, transport) in zip(sockets, transports) {
            // The answer to an unknown namespace ends the poll of a socket that gets nothing.
            _ = await fixture.post("40/none,", to: transport)
            let packets = await fixture.get(transport).split(separator: "\u{1e}").filter { $0.hasPrefix("42") }
            let cursors = socket.expected.map { fixture.gateway.encoder.cursor(at: LogPosition($0)) }
            XCTAssertEqual(packets.count, cursors.count, socket.name)
            for (packet, cursor) in zip(packets, cursors) { XCTAssertTrue(packet.contains(cursor), socket.name) }
        }
    }

    private func event(_ position: Int64, _ booking: Booking) -> LoggedEvent {
        LoggedEvent(
            position: LogPosition(position),
            event: BookingEvent(booking: booking, kind: .action(.create), occurredAt: at(0)))
    }

    func test_anonymous_data_has_exactly_the_fields_of_the_contract() throws {
        let common: Set = ["provider_id", "service_id", "start_time", "end_time", "event"]
        let booking = aBooking(customer: subject("ann"))
        let notice = ReminderNotice(dueAt: at(3000), lead: .seconds(600), isLate: false)
        XCTAssertEqual(
            try members(.action(.create), of: booking), common.union(["id"]))
        XCTAssertEqual(
            try members(.reminder(notice), of: booking),
            common.union(["booking_id", "due_at", "minutes_before", "late"]))
    }

    func test_only_anonymous_sockets_get_events_without_customers() {
        let event = BookingEvent(booking: aBooking(customer: subject("ann")), kind: .action(.create), occurredAt: at(0))
        let encoded = EncodedEvent(
            LoggedEvent(position: LogPosition(1), event: event),
            encoder: EventEncoder(cursorCipher: CursorCipher(key: [UInt8](repeating: 1, count: 32))),
            carriesOffset: false)
        func packet(_ audience: SocketAudience) -> String { String(buffer: encoded.packet(for: audience).packet) }
        XCTAssertTrue(packet(.scope(.all)).contains("\"customer_id\":\"ann\""))
        XCTAssertFalse(packet(.anonymous).contains("ann"))
        XCTAssertTrue(packet(.anonymous).hasPrefix("42[\"booking.created\",{"))
    }

    private func members(_ kind: BookingEvent.Kind, of booking: Booking) throws -> Set<String> {
        let encoder = EventEncoder(cursorCipher: CursorCipher(key: [UInt8](repeating: 1, count: 32)))
        let event = BookingEvent(booking: booking, kind: kind, occurredAt: at(0))
        let data = encoder.anonymousData(of: LoggedEvent(position: LogPosition(1), event: event))
        guard case .object(let members) = try JSONValue.parse(data) else { return [] }
        return Set(members.map(\.name))
    }
}
