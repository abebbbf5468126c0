import NIOCore
import XCTest

@testable import Bookings
@testable import LoadTest

/// Which request an arrival becomes, by the bookings that exist.
final class RequestChoiceTests: XCTestCase {
    private let now = Timestamp(milliseconds: 1_900_000_000_000)

    private func provider() throws -> ProviderState {
        let target = try XCTUnwrap(LoadTarget(argument: "http://127.0.0.1:1"))
        let provider = ProviderState(
            id: ProviderID(high: 1, low: 1), token: "t", target: target, marks: LoadMarks(7), firstSlot: now)
        provider.readable = [id(1)]
        provider.spare = (id(2), id(3))
        return provider
    }

    private func id(_ number: UInt64) -> BookingID { BookingID(high: 0, low: number) }

    private func choose(
        _ kind: LoadKind, _ provider: ProviderState, isConflict: Bool = false, soon: Duration? = nil
    ) -> RequestChoice {
        let arrival = LoadPlan.Arrival(due: .zero, kind: kind, provider: 0, isConflict: isConflict, pick: 0)
        return provider.choose(arrival, due: .now(), now: now, soon: soon)
    }

    /// The request line without the version, and the expected status.
    private func line(_ choice: RequestChoice) -> String {
        "\(String(buffer: choice.bytes).prefix { $0 != "\r\n" }.replacing(" HTTP/1.1", with: "")) \(choice.status)"
    }

    private func booking(_ id: BookingID, _ status: String = "confirmed") -> ByteBuffer {
        ByteBuffer(string: #"{"id":"\#(id)","status":"\#(status)"}"#)
    }

    func test_an_action_without_a_booking_has_a_target_of_its_own() throws {
        let provider = try provider()
        for (kind, path, status) in [
            (LoadKind.get, "GET /bookings/\(id(1))", 200), (.history, "GET /bookings/\(id(1))/history", 200),
            (.confirm, "POST /bookings/\(id(1))/confirm", 200), (.decline, "POST /bookings/\(id(1))/decline", 409),
            (.cancel, "POST /bookings/\(id(2))/cancel", 200), (.reschedule, "POST /bookings/\(id(3))/reschedule", 200),
            (.complete, "POST /bookings/\(id(1))/complete", 409), (.noShow, "POST /bookings/\(id(1))/no-show", 409),
        ] {
            XCTAssertEqual(line(choose(kind, provider)), "\(path) \(status)")
        }
    }

    func test_a_created_booking_is_changed_by_the_actions_that_follow() throws {
        let provider = try provider()
        let create = choose(.create, provider)
        provider.apply(create.effect, booking(id(9)), at: .now())
        let moved = choose(.reschedule, provider)
        XCTAssertEqual(line(moved), "POST /bookings/\(id(9))/reschedule 200")
        // While the action is in flight no other one takes the booking.
        XCTAssertEqual(line(choose(.cancel, provider)), "POST /bookings/\(id(2))/cancel 200")
        provider.apply(moved.effect, ByteBuffer(), at: .now())
        XCTAssertEqual(line(choose(.cancel, provider)), "POST /bookings/\(id(9))/cancel 200")
        XCTAssertEqual(provider.live, [])
        XCTAssertEqual(provider.readable, [id(1), id(9)])
    }

    func test_a_pending_booking_is_confirmed_or_declined() throws {
        let provider = try provider()
        for number in 8...9 {
            provider.apply(choose(.create, provider).effect, booking(id(UInt64(number)), "pending"), at: .now())
        }
        XCTAssertEqual(line(choose(.decline, provider)), "POST /bookings/\(id(9))/decline 200")
        let confirm = choose(.confirm, provider)
        XCTAssertEqual(line(confirm), "POST /bookings/\(id(8))/confirm 200")
        provider.apply(confirm.effect, ByteBuffer(), at: .now())
        XCTAssertEqual(provider.live, [id(8)])
    }

    func test_a_booking_is_completed_when_it_has_started() throws {
        let provider = try provider()
        let create = choose(.create, provider, soon: .seconds(2))
        provider.apply(create.effect, booking(id(9)), at: .now())
        XCTAssertEqual(choose(.complete, provider).status, 409)
        XCTAssertNil(provider.takeStarted(by: now + .milliseconds(1999)))
        XCTAssertEqual(provider.takeStarted(by: now + .seconds(2)), id(9))
    }

    func test_no_slot_is_requested_twice_but_on_purpose() throws {
        let provider = try provider()
        let slots = (0..<50).map { _ in provider.takeSlot() } + [provider.occupiedSlot]
        let sorted = slots.sorted { $0.start < $1.start }
        for (slot, next) in zip(sorted, sorted.dropFirst()) { XCTAssertLessThanOrEqual(slot.end, next.start) }
        let short = (0..<3).map { _ in provider.takeShortSlot(at: now) }
        XCTAssertEqual(short.map(\.start), [now, now + .milliseconds(1), now + .milliseconds(2)])
        let conflict = choose(.create, provider, isConflict: true)
        XCTAssertEqual(conflict.status, 409)
        XCTAssertTrue(String(buffer: conflict.bytes).contains(provider.occupiedSlot.members))
    }

    func test_the_service_id_of_a_booking_leads_back_to_its_request() throws {
        let provider = try provider()
        let marks = provider.marks
        XCTAssertNotEqual(marks.create, marks.reminder)
        for number in [0, 1, 70_000] {
            XCTAssertEqual(LoadMarks.number(of: marks.create(number)), number)
            XCTAssertEqual(marks.create(number).high, marks.create)
            XCTAssertEqual(marks.reminder(number).high, marks.reminder)
        }
    }
}
