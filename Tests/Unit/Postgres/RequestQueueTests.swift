import XCTest

@testable import BookingsPostgres

final class RequestQueueTests: XCTestCase {
    private let start = ContinuousClock.now
    private let log = RequestLog()
    private var queue = RequestQueue()

    private func request(_ name: String, timeout: Duration = .seconds(10)) -> StatementRequest {
        log.request(name, deadline: start + timeout)
    }

    private func names(_ requests: [StatementRequest]) -> [String] {
        requests.map { if case .statement(let statement, _) = $0.work { statement.name } else { "" } }
    }

    private func seconds(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    // MARK: - Submitting

    func test_a_request_wakes_the_thread_only_when_nothing_else_does() {
        let inFive = seconds(5)
        // What the thread does, how many requests wait already, the new one's timeout.
        let table: [(RequestQueue.ThreadState, waiting: Int, timeout: Double, RequestQueue.SubmitAction)] = [
            (.awake, 0, 10, .none),
            (.asleep(until: nil, takesRequests: true), 0, 10, .wakeThread),
            (.asleep(until: inFive, takesRequests: true), 0, 10, .wakeThread),
            (.asleep(until: inFive, takesRequests: true), 1, 10, .none),
            (.asleep(until: inFive, takesRequests: false), 0, 10, .none),
            (.asleep(until: inFive, takesRequests: false), 0, 4, .wakeThread),
            (.asleep(until: inFive, takesRequests: false), 1, 4, .wakeThread),
            (.connecting, 0, 10, .startTimer(seconds(10))),
        ]
        for (state, waiting, timeout, action) in table {
            queue = RequestQueue()
            switch state {
            case .awake: break
            case .connecting: _ = queue.beginConnecting()
            case .asleep(let end, let takes): _ = queue.sleep(until: end, takesRequests: takes)
            }
            for number in 0..<waiting { _ = queue.submit(request("\(number)", timeout: .seconds(60))) }
            XCTAssertEqual(
                queue.submit(request("new", timeout: .seconds(timeout))), action, "\(state), \(waiting) waiting")
        }
    }

    func test_a_full_or_stopped_queue_rejects_requests() {
        for _ in 0..<RequestQueue.maximumCount { XCTAssertEqual(queue.submit(request("a")), .none) }
        XCTAssertEqual(queue.submit(request("b")), .reject)
        queue = RequestQueue()
        queue.stop()
        XCTAssertEqual(queue.submit(request("c")), .reject)
    }

    // MARK: - Taking

    func test_requests_are_taken_in_their_order_up_to_the_limit() {
        for name in ["a", "b", "c"] { _ = queue.submit(request(name)) }
        XCTAssertEqual(names(queue.take(2, at: start)), ["a", "b"])
        XCTAssertEqual(names(queue.take(2, at: start)), ["c"])
        XCTAssertEqual(names(queue.take(2, at: start)), [])
    }

    func test_requests_that_are_put_back_come_first_in_their_order() {
        _ = queue.submit(request("c"))
        queue.putBack([request("a"), request("b")], later: [])
        XCTAssertEqual(names(queue.take(9, at: start)), ["a", "b", "c"])
    }

    func test_a_postponed_request_is_taken_when_it_is_due() {
        var later = request("later")
        XCTAssertEqual(later.retry(after: .rowLocked, at: start), .postpone)
        queue.putBack([], later: [later])
        _ = queue.submit(request("now"))
        XCTAssertEqual(names(queue.take(9, at: start)), ["now"])
        XCTAssertEqual(queue.sleep(until: nil, takesRequests: true), .sleep(until: start + .milliseconds(50)))
        XCTAssertEqual(names(queue.take(9, at: start + .milliseconds(50))), ["later"])
    }

    // MARK: - Deadlines

    func test_requests_expire_at_their_deadline() {
        _ = queue.submit(request("long"))
        _ = queue.submit(request("short", timeout: .seconds(1)))
        XCTAssertEqual(names(queue.removeExpired(at: seconds(0.9))), [])
        XCTAssertEqual(names(queue.removeExpired(at: seconds(1))), ["short"])
        XCTAssertEqual(queue.sleep(until: nil, takesRequests: false), .sleep(until: seconds(10)))
        XCTAssertEqual(names(queue.take(9, at: seconds(1))), ["long"])
    }

    func test_one_timer_is_set_for_the_earliest_deadline_while_the_thread_connects() {
        _ = queue.submit(request("a", timeout: .seconds(3)))
        XCTAssertEqual(queue.beginConnecting(), seconds(3))
        XCTAssertEqual(queue.submit(request("b", timeout: .seconds(4))), .none)
        XCTAssertEqual(queue.submit(request("c", timeout: .seconds(2))), .startTimer(seconds(2)))
        XCTAssertEqual(names(queue.removeExpired(at: seconds(2))), ["c"])
        XCTAssertEqual(queue.timerFired(seconds(2)), seconds(3))
        queue.endConnecting()
        XCTAssertNil(queue.timerFired(seconds(3)))
    }

    // MARK: - Sleeping

    func test_the_thread_stays_awake_while_it_can_take_requests_or_has_to_end() {
        XCTAssertEqual(queue.sleep(until: nil, takesRequests: true), .sleep(until: nil))
        _ = queue.submit(request("a"))
        XCTAssertEqual(queue.sleep(until: nil, takesRequests: true), .stayAwake)
        XCTAssertEqual(queue.sleep(until: seconds(1), takesRequests: false), .sleep(until: seconds(1)))
        _ = queue.take(1, at: start)
        queue.requestReconnect()
        XCTAssertTrue(queue.endsConnection)
        XCTAssertEqual(queue.sleep(until: nil, takesRequests: true), .stayAwake)
        _ = queue.beginConnecting()
        XCTAssertFalse(queue.endsConnection)
    }

    func test_removing_all_includes_postponed_requests() {
        _ = queue.submit(request("a"))
        queue.putBack([], later: [request("b")])
        XCTAssertEqual(names(queue.removeAll()), ["a", "b"])
        XCTAssertEqual(queue.sleep(until: nil, takesRequests: true), .sleep(until: nil))
    }
}
