import TestSupport
import XCTest

@testable import Bookings
@testable import SimulationKit

/// The checker `linearizable` on histories made by hand: an order exists for the right ones and for none of the others.
final class LinearizabilityCheckerTests: XCTestCase {
    private func violations(_ change: (inout HistoryBuilder) -> Void) -> [String] {
        var builder = HistoryBuilder()
        builder.book(1, start: 3600, length: 600)
        builder.book(2, start: 4200, length: 600)
        change(&builder)
        return found(builder)
    }

    private func found(_ builder: HistoryBuilder) -> [String] {
        Checker.linearizable.check(builder.history).violations.map(\.detail)
    }

    /// Appends the requests of both reschedules, which are in flight at the same time.
    private func concurrentMoves(_ builder: inout HistoryBuilder, first: Int?, second: Int?) {
        let sent = (builder.tick(), builder.tick())
        for (number, start, sent) in [(UInt64(1), first, sent.0), (2, second, sent.1)] {
            guard let start else { continue }
            builder.act(.reschedule, number, start: start, at: 10)
            let call = builder.history.calls.removeLast()
            builder.history.calls.append(
                builder.call(
                    call.kind, row: call.row, at: 10, sent: sent, answered: call.answered, request: call.request))
        }
    }

    func test_operations_one_after_the_other_have_an_order() {
        XCTAssertEqual(
            violations {
                $0.act(.cancel, 1, at: 10)
                $0.act(.reschedule, 2, start: 3600, at: 20)
                $0.read(2)
                $0.read(1)
            }, [])
    }

    func test_two_concurrent_reschedules_that_swap_their_slots_are_refused() {
        XCTAssertEqual(violations { concurrentMoves(&$0, first: 9000, second: 3600) }, [])
        XCTAssertEqual(violations { concurrentMoves(&$0, first: 4200, second: 9000) }, [])
        let swap = violations { concurrentMoves(&$0, first: 4200, second: 3600) }
        XCTAssertEqual(swap.count, 1)
        XCTAssertTrue(swap[0].contains("reschedule: version 2"), swap[0])
    }

    private func refusal(blocking: TimeSlot, nextFree: TimeSlot) -> [String] {
        violations { builder in
            let times = { (slot: TimeSlot) in
                "{\"start_time\":\"\(RFC3339.string(slot.start))\",\"end_time\":\"\(RFC3339.string(slot.end))\"}"
            }
            builder.history.calls.append(
                builder.call(
                    .create, requestedSlot: slot(3900, 4200), at: 10, status: 409,
                    body: """
                        {"type":"/problems/slot-taken","blocking":\(times(blocking)),"next_free":\(times(nextFree))}
                        """))
        }
    }

    func test_a_refusal_names_what_is_in_the_way_and_what_is_free_next() {
        XCTAssertEqual(refusal(blocking: slot(3600, 4200), nextFree: slot(4800, 5100)), [])
        XCTAssertEqual(refusal(blocking: slot(4200, 4800), nextFree: slot(4800, 5100)).count, 1)
        XCTAssertEqual(refusal(blocking: slot(3600, 4200), nextFree: slot(5100, 5400)).count, 1)
        XCTAssertEqual(refusal(blocking: slot(3600, 4200), nextFree: slot(4200, 4500)).count, 1)
    }

    func test_a_read_shows_the_version_of_its_place_in_the_order() {
        func read(showing version: Int, concurrently: Bool) -> [String] {
            violations { builder in
                let old = builder.row(1)
                let sent = builder.tick()
                builder.act(.cancel, 1, at: 10)
                builder.read(1, showing: version == 1 ? old : builder.row(1))
                let call = builder.history.calls.removeLast()
                builder.history.calls.append(
                    builder.call(
                        .read, row: call.row, at: 10, sent: concurrently ? sent : call.sent, answered: call.answered))
            }
        }
        XCTAssertEqual(read(showing: 2, concurrently: false), [])
        XCTAssertEqual(read(showing: 1, concurrently: true), [])
        XCTAssertEqual(read(showing: 2, concurrently: true), [])
        XCTAssertEqual(read(showing: 1, concurrently: false).count, 1)
    }

    func test_an_action_on_another_version_than_if_match_names_is_refused() {
        func cancel(match: Int, status: Int) -> [String] {
            violations { builder in
                builder.act(.reschedule, 1, start: 9000, at: 5)
                if status == 200 { builder.act(.cancel, 1, at: 10) }
                let row = status == 200 ? builder.row(1) : nil
                let sent = status == 200 ? builder.history.calls.removeLast().sent : builder.tick()
                builder.history.calls.append(
                    History.Call(
                        request: "r\(sent)", caller: .admin, replica: 0, kind: .act(.cancel),
                        booking: builder.row(1).id,
                        provider: builder.row(1).provider, requestedSlot: nil, key: nil, match: match, sent: sent,
                        answered: builder.tick(), at: at(10), status: status, isReplay: false, row: row, rows: nil,
                        body: "{}"))
            }
        }
        XCTAssertEqual(cancel(match: 2, status: 200), [])
        XCTAssertEqual(cancel(match: 1, status: 412), [])
        XCTAssertEqual(cancel(match: 1, status: 200).count, 1)
        XCTAssertEqual(cancel(match: 2, status: 412).count, 1)
    }

    func test_an_action_that_the_status_does_not_allow_is_refused() {
        func confirm(after cancel: Bool, status: Int) -> [String] {
            violations { builder in
                if cancel { builder.act(.cancel, 1, at: 5) }
                builder.history.calls.append(
                    builder.call(
                        .act(.complete), booking: builder.row(1).id, at: 10, status: status,
                        body: "illegal-transition"))
            }
        }
        XCTAssertEqual(confirm(after: true, status: 409), [])
        // The booking has not begun.
        XCTAssertEqual(confirm(after: false, status: 409), [])
        XCTAssertEqual(
            violations { builder in
                builder.history.calls.append(
                    builder.call(
                        .act(.cancel), booking: builder.row(1).id, at: 10, status: 409, body: "illegal-transition"))
            }.count, 1)
    }

    func test_a_list_shows_the_bookings_of_its_place_in_the_order() {
        XCTAssertEqual(violations { $0.list("/bookings", showing: [1, 2], at: 10) }, [])
        XCTAssertEqual(violations { $0.list("/bookings", showing: [1], at: 10) }.count, 1)
        XCTAssertEqual(
            violations {
                $0.act(.cancel, 1, at: 5)
                $0.list("/bookings/upcoming", showing: [2], at: 10)
            }, [])
        XCTAssertEqual(
            violations {
                $0.act(.cancel, 1, at: 5)
                $0.list("/bookings/upcoming", showing: [1, 2], at: 10)
            }.count, 1)
    }

    func test_a_write_without_an_answer_counts_if_the_history_names_it() {
        func unanswered(isExecuted: Bool) -> [String] {
            violations { builder in
                // The model names the customer who made the booking.
                let created = builder.history.calls[0]
                builder.history.calls[0] = builder.call(
                    .create, by: .customer(0), row: created.row, sent: created.sent, answered: created.answered,
                    request: created.request)
                builder.act(.cancel, 1, at: 5)
                let call = builder.history.calls.removeLast()
                builder.history.calls.append(
                    builder.call(
                        call.kind, booking: call.booking, at: 5, sent: call.sent, answered: call.answered,
                        request: call.request, status: nil))
                if !isExecuted {
                    let final = builder.history.finalStates[builder.row(1).id]
                    builder.history.finalStates[builder.row(1).id] = .init(
                        row: builder.history.calls[0].row ?? builder.row(1),
                        requests: final.map { [$0.requests[0]] } ?? [])
                }
                builder.read(1)
            }
        }
        XCTAssertEqual(unanswered(isExecuted: true), [])
        XCTAssertEqual(unanswered(isExecuted: false).count, 1)
    }

    func test_of_contenders_without_an_answer_one_made_the_booking() {
        XCTAssertEqual(
            violations { builder in
                let created = builder.history.calls[0]
                let contenders = (0..<3).map { replica in
                    builder.call(
                        .create, by: .customer(0), row: created.row, sent: created.sent, answered: created.answered,
                        request: created.request, replica: replica, status: nil)
                }
                builder.history.calls.replaceSubrange(0..<1, with: contenders)
                builder.read(1)
            }, [])
    }

    func test_a_search_that_is_given_up_is_undecided() {
        let operations = (0..<20).map { index in
            ProviderOperation(
                name: "\(index)", outcome: .impossible, invoked: index, returned: 100)
        }
        var search = LinearizationSearch(operations)
        guard case .undecided = search.run(budget: 10) else { return XCTFail("The search came to a result.") }
    }

    /// Ten thousand operations on one provider, four in flight at a time.
    private func manyOperations() -> HistoryBuilder {
        var builder = HistoryBuilder()
        for number in 0..<UInt64(2500) {
            let sent = (0..<4).map { _ in builder.tick() }
            builder.book(number, start: 3600 + Int(number) * 600, length: 600, at: 0)
            builder.read(number)
            builder.act(.reschedule, number, start: 3600 + Int(number + 5000) * 600, at: 0)
            builder.read(number)
            for (index, sent) in zip((builder.history.calls.count - 4)..., sent) {
                let call = builder.history.calls[index]
                builder.history.calls[index] = builder.call(
                    call.kind, row: call.row, at: 0, sent: sent, answered: call.answered, request: call.request)
            }
        }
        return builder
    }

    func test_ten_thousand_operations_take_about_as_many_steps() throws {
        let partitions = ProviderPartitions(manyOperations().history).sorted
        XCTAssertEqual(partitions.map(\.operations.count), [10_000])
        var search = LinearizationSearch(partitions[0].operations)
        guard case .linearizable = search.run(budget: 40_000) else { return XCTFail("There is an order.") }
    }

    func test_one_changed_answer_in_ten_thousand_is_refused() {
        var builder = manyOperations()
        let index = 7001
        let call = builder.history.calls[index]
        let row = call.row.map {
            History.Row(
                id: $0.id, provider: $0.provider, customer: $0.customer, start: $0.start, end: $0.end,
                status: .declined,
                version: $0.version)
        }
        builder.history.calls[index] = builder.call(
            call.kind, row: row, at: 0, sent: call.sent, answered: call.answered, request: call.request)
        XCTAssertEqual(found(builder).count, 1)
    }
}
