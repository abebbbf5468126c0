import XCTest

@testable import BookingsPostgres

final class StatementRequestTests: XCTestCase {
    private let start = ContinuousClock.now

    private func request(timeout: Duration = .seconds(10)) -> StatementRequest {
        RequestLog().request("a", deadline: start + timeout)
    }

    func test_an_error_decides_whether_a_request_is_sent_again() {
        let table: [(PostgresError, StatementRequest.RetryAction)] = [
            (.lost(""), .sendAgain), (.readOnly(""), .sendAgain), (.unprepared(""), .sendAgain),
            (.transient(""), .sendAgain), (.rowLocked, .postpone), (.timeout(""), .fail), (.lockTimeout(""), .fail),
            (.outOfResources(reason: "", ""), .fail), (.schemaMissing(""), .fail), (.refused(""), .fail),
        ]
        for (error, action) in table {
            var request = request()
            XCTAssertEqual(request.retry(after: error, at: start), action, "\(error)")
            XCTAssertEqual(request.isIsolated, error == .transient(""), "\(error)")
        }
    }

    func test_a_request_is_sent_eight_times_at_most() {
        var request = request()
        let actions = (0..<9).map { _ in request.retry(after: .lost(""), at: start) }
        XCTAssertEqual(actions, Array(repeating: .sendAgain, count: 8) + [.fail])
    }

    func test_a_request_whose_caller_has_given_up_is_not_sent_again() {
        for error in [PostgresError.lost(""), .rowLocked] {
            var request = request(timeout: .seconds(1))
            XCTAssertEqual(request.retry(after: error, at: start + .seconds(1)), .fail)
        }
    }

    func test_a_write_looks_at_a_locked_row_again_for_two_seconds() {
        var request = request()
        XCTAssertEqual(request.retry(after: .rowLocked, at: start), .postpone)
        XCTAssertEqual(request.notBefore, start + .milliseconds(50))
        XCTAssertEqual(request.retry(after: .rowLocked, at: start + .milliseconds(1999)), .postpone)
        XCTAssertEqual(request.retry(after: .rowLocked, at: start + .seconds(2)), .fail)
    }
}
