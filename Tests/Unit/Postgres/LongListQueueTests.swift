import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsPostgres

final class LongListQueueTests: XCTestCase {
    private let ann = BookingScope(customer: subject("ann"))
    private let bob = BookingScope(customer: subject("bob"))
    private let eve = BookingScope(customer: subject("eve"))

    func test_an_owner_has_one_connection_at_a_time() {
        var queue = LongListQueue(connections: 2)
        XCTAssertEqual(queue.submit(1, owner: ann), .run(connection: 0))
        XCTAssertEqual(queue.submit(2, owner: ann), .wait)
        XCTAssertEqual(queue.submit(3, owner: bob), .run(connection: 1))
        XCTAssertEqual(queue.finished(1), [.init(ticket: 2, connection: 0)])
        XCTAssertEqual(queue.finished(2), [])
        XCTAssertEqual(queue.finished(2), [])
    }

    func test_an_owner_without_a_connection_goes_before_one_that_has_one() {
        var queue = LongListQueue(connections: 2)
        XCTAssertEqual(queue.submit(1, owner: ann), .run(connection: 0))
        XCTAssertEqual(queue.submit(2, owner: bob), .run(connection: 1))
        XCTAssertEqual(queue.submit(3, owner: ann), .wait)
        XCTAssertEqual(queue.submit(4, owner: eve), .wait)
        XCTAssertEqual(queue.finished(2), [.init(ticket: 4, connection: 1)])
        XCTAssertEqual(queue.finished(4), [])
        XCTAssertEqual(queue.finished(1), [.init(ticket: 3, connection: 1)])
    }

    func test_requests_beyond_the_limits_are_rejected() {
        var queue = LongListQueue(connections: 2)
        let limit = LongListQueue.maximumOfOwner
        for ticket in 1...limit { XCTAssertNotEqual(queue.submit(ticket, owner: ann), .reject) }
        XCTAssertEqual(queue.submit(limit + 1, owner: ann), .reject)
        var ticket = limit + 1
        for number in 0...LongListQueue.maximumWaiting - limit + 1 {
            ticket += 1
            XCTAssertNotEqual(queue.submit(ticket, owner: BookingScope(customer: subject("\(number)"))), .reject)
        }
        XCTAssertEqual(queue.submit(ticket + 1, owner: bob), .reject)
    }

    func test_a_request_whose_caller_has_given_up_is_not_executed() {
        var queue = LongListQueue(connections: 1)
        XCTAssertEqual(queue.submit(1, owner: ann), .run(connection: 0))
        XCTAssertEqual(queue.submit(2, owner: bob), .wait)
        XCTAssertFalse(queue.abandon(1))
        XCTAssertTrue(queue.abandon(2))
        XCTAssertFalse(queue.abandon(2))
        XCTAssertEqual(queue.finished(1), [])
        XCTAssertEqual(queue.submit(3, owner: bob), .run(connection: 0))
    }

    // MARK: - What is known to be long

    private func statement(_ number: Int) -> PostgresStatement { PostgresStatement("list \(number)", "select") }

    func test_a_list_that_took_long_counts_as_long_for_its_owner_and_for_a_while() {
        var history = LongListHistory()
        let now = ContinuousClock.now
        history.note(statement(1), of: ann, at: now)
        XCTAssertTrue(history.isLong(statement(1), of: ann, at: now))
        XCTAssertFalse(history.isLong(statement(2), of: ann, at: now))
        XCTAssertFalse(history.isLong(statement(1), of: bob, at: now))
        let later = now + LongListHistory.duration
        XCTAssertFalse(history.isLong(statement(1), of: ann, at: later))
        history.note(statement(2), of: ann, at: later)
        XCTAssertFalse(history.isLong(statement(1), of: ann, at: later))
        XCTAssertTrue(history.isLong(statement(2), of: ann, at: later))
    }

    func test_a_list_that_was_short_again_does_not_count_as_long() {
        var history = LongListHistory()
        let now = ContinuousClock.now
        for number in 1...LongListHistory.maximumStatements { history.note(statement(number), of: ann, at: now) }
        history.note(statement(1), of: bob, at: now)
        history.forget(statement(1), of: ann)
        XCTAssertFalse(history.isLong(statement(1), of: ann, at: now))
        XCTAssertTrue(history.isLong(statement(2), of: ann, at: now))
        XCTAssertTrue(history.isLong(statement(1), of: bob, at: now))
    }

    func test_all_lists_of_an_owner_with_several_long_ones_count_as_long() {
        var history = LongListHistory()
        let now = ContinuousClock.now
        for number in 1...LongListHistory.maximumStatements { history.note(statement(number), of: ann, at: now) }
        XCTAssertTrue(history.isLong(statement(99), of: ann, at: now))
        XCTAssertFalse(history.isLong(statement(99), of: bob, at: now))
    }

    func test_a_bounded_number_of_owners_is_remembered() {
        var history = LongListHistory()
        let now = ContinuousClock.now
        for number in 1...LongListHistory.maximumOwners {
            history.note(statement(1), of: BookingScope(customer: subject("\(number)")), at: now)
        }
        history.note(statement(1), of: ann, at: now)
        XCTAssertFalse(history.isLong(statement(1), of: ann, at: now))
        history.note(statement(1), of: ann, at: now + LongListHistory.duration)
        XCTAssertTrue(history.isLong(statement(1), of: ann, at: now + LongListHistory.duration))
    }
}
