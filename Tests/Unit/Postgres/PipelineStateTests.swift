import XCTest

@testable import BookingsPostgres

final class PipelineStateTests: XCTestCase {
    private let start = ContinuousClock.now
    private let log = RequestLog()
    private var pipeline = PipelineState(.reads)

    private func request(_ name: String, isIsolated: Bool = false) -> StatementRequest {
        log.request(name, deadline: start + .seconds(5), isIsolated: isIsolated)
    }

    /// Sends requests and returns the calls by short names.
    @discardableResult
    private func send(_ requests: StatementRequest...) -> [String] {
        pipeline.send(requests, at: start).map { command in
            switch command {
            case .prepare(let statement): "prepare \(statement.name)"
            case .execute(let name, _): "execute \(name)"
            case .executeUnnamed(let sql, _): "unnamed \(sql.prefix { $0 != " " })"
            case .sync: "sync"
            }
        }
    }

    /// Takes answers, completes requests, and returns the actions by short names, `wait` left out.
    @discardableResult
    private func receive(_ answers: PipelineState.Answer...) -> [String] {
        answers.map { describe(pipeline.receive($0)) }.filter { $0 != "wait" }
    }

    private func describe(_ action: PipelineState.Action) -> String {
        switch action {
        case .wait: return "wait"
        case .close(let error): return "close \(error)"
        case .complete(let completions):
            complete(completions)
            return "complete"
        case .endTransaction(.committed, let completions):
            complete(completions)
            return "committed"
        case .endTransaction(.failed(let error), let completions):
            complete(completions)
            return "failed \(error)"
        }
    }

    private func complete(_ completions: [PipelineState.Completion]) {
        for completion in completions { completion.forEachRequest { $0.complete($1) } }
    }

    private func rows(_ value: String) -> PipelineState.Answer { .rows(postgresRows(value)) }
    /// The answer to a preparation.
    private var prepared: PipelineState.Answer { .rows(postgresRows([])) }

    private let aborted = #"transient("another statement of its transaction failed")"#

    // MARK: - Sending

    func test_requests_that_waited_together_share_a_transaction() {
        XCTAssertEqual(send(request("a"), request("b")), ["prepare a", "execute a", "prepare b", "execute b", "sync"])
    }

    func test_a_statement_is_prepared_once() {
        send(request("a"))
        XCTAssertEqual(send(request("a")), ["execute a", "sync"])
    }

    func test_an_isolated_request_has_a_transaction_of_its_own() {
        XCTAssertEqual(
            send(request("a"), request("b", isIsolated: true), request("c")),
            ["prepare a", "execute a", "sync", "prepare b", "execute b", "sync", "prepare c", "execute c", "sync"])
    }

    func test_no_more_transactions_are_sent_than_may_be_in_flight() {
        XCTAssertTrue(pipeline.canSend)
        send(request("a"))
        XCTAssertTrue(pipeline.canSend)
        send(request("b"))
        XCTAssertFalse(pipeline.canSend)
        receive(prepared, rows("1"), .sync)
        XCTAssertTrue(pipeline.canSend)
    }

    func test_behind_a_pooler_each_transaction_makes_its_settings_and_nothing_is_prepared() {
        pipeline = PipelineState(.reads, isPooled: true)
        for _ in 0..<2 {
            XCTAssertEqual(
                send(request("a"), request("b")),
                ["unnamed set", "unnamed select", "unnamed select", "unnamed select", "sync"])
        }
        XCTAssertEqual(receive(rows(""), rows(""), rows("1"), rows("2"), .sync), ["committed"])
        XCTAssertEqual(log.lines, ["a: 1", "b: 2"])
    }

    // MARK: - Results

    func test_requests_complete_when_their_transaction_is_committed() {
        send(request("a"), request("b"))
        XCTAssertEqual(receive(prepared, rows("1"), prepared, rows("2")), [])
        XCTAssertEqual(log.lines, [])
        XCTAssertEqual(receive(.sync), ["committed"])
        XCTAssertEqual(log.lines, ["a: 1", "b: 2"])
        XCTAssertTrue(pipeline.isEmpty)
        XCTAssertTrue(pipeline.hasAnswered)
    }

    func test_one_failure_fails_its_transaction() {
        send(request("a"), request("b"), request("c"))
        XCTAssertEqual(
            receive(prepared, rows("1"), prepared, .failed(.refused("b")), .aborted, .aborted, .sync),
            [#"failed refused("b")"#])
        XCTAssertEqual(log.lines, ["a: \(aborted)", #"b: refused("b")"#, "c: \(aborted)"])
    }

    func test_a_failure_fails_no_other_transaction() {
        send(request("a"))
        send(request("b"))
        XCTAssertEqual(
            receive(prepared, .failed(.timeout("a")), .sync, prepared, rows("2"), .sync),
            [#"failed timeout("a")"#, "committed"])
        XCTAssertEqual(log.lines, [#"a: timeout("a")"#, "b: 2"])
    }

    func test_when_one_of_several_requests_of_a_statement_may_be_the_reason_each_is_sent_again() {
        // The error, and whether all requests of the statement get it.
        let table: [(PostgresError, isOfAll: Bool)] = [
            (.refused("x"), false), (.lockTimeout("x"), false), (.transient("x"), false), (.timeout("x"), true),
            (.schemaMissing("x"), true), (.outOfResources(reason: "r", "x"), true),
        ]
        for (error, isOfAll) in table {
            let log = RequestLog()
            pipeline = PipelineState(.writes)
            _ = pipeline.send((1...2).map { log.write($0, provider: $0) }, at: start)
            receive(prepared, .failed(error), .sync)
            let expected = isOfAll ? "\(error)" : aborted
            XCTAssertEqual(log.lines, ["1: \(expected)", "2: \(expected)"])
        }
    }

    func test_an_error_that_ends_the_connection_closes_it_at_once() {
        for error in [PostgresError.lost("x"), .readOnly("x"), .unprepared("x")] {
            pipeline = PipelineState(.reads)
            send(request("a"))
            XCTAssertEqual(receive(prepared, .failed(error)), ["close \(error)"])
        }
    }

    // MARK: - Preparation

    func test_a_statement_whose_preparation_failed_is_prepared_again() {
        send(request("a"))
        XCTAssertEqual(
            receive(.failed(.schemaMissing("x")), .aborted, .sync), [#"failed schemaMissing("x")"#])
        XCTAssertEqual(log.lines, [#"a: schemaMissing("x")"#])
        XCTAssertEqual(send(request("a")), ["prepare a", "execute a", "sync"])
    }

    func test_a_statement_whose_preparation_was_aborted_is_prepared_again() {
        send(request("a"), request("b"))
        receive(prepared, .failed(.refused("x")), .aborted, .aborted, .sync)
        XCTAssertEqual(send(request("b")), ["prepare b", "execute b", "sync"])
    }

    func test_a_statement_that_is_missing_because_its_preparation_was_aborted_is_sent_again() {
        send(request("a"), request("b"))
        send(request("b"))
        receive(prepared, .failed(.refused("x")), .aborted, .aborted, .sync)
        XCTAssertEqual(receive(.failed(.unprepared("b")), .sync), [#"failed transient("b")"#])
    }

    func test_a_prepared_statement_that_is_missing_reveals_a_pooler() {
        send(request("a"))
        send(request("a"))
        receive(prepared, rows("1"), .sync)
        XCTAssertEqual(receive(.failed(.unprepared("a"))), [#"close unprepared("a")"#])
    }

    // MARK: - Deadlines

    func test_the_callers_of_a_read_give_up_at_their_deadline_and_its_result_is_discarded() {
        send(request("a"))
        XCTAssertEqual(pipeline.nextDeadline, start + .seconds(5))
        XCTAssertEqual(describe(pipeline.expire(at: start + .seconds(4.9))), "wait")
        XCTAssertEqual(describe(pipeline.expire(at: start + .seconds(5))), "complete")
        XCTAssertEqual(describe(pipeline.expire(at: start + .seconds(5))), "wait")
        XCTAssertEqual(log.lines, [#"a: timeout("the statement was not answered in time")"#])
        XCTAssertEqual(pipeline.nextDeadline, start + .seconds(12))
        XCTAssertEqual(receive(prepared, rows("1"), .sync), ["committed"])
        XCTAssertEqual(log.lines.count, 1)
    }

    func test_the_callers_of_a_write_wait_beyond_their_deadline() {
        pipeline = PipelineState(.writes)
        send(request("a"))
        XCTAssertEqual(describe(pipeline.expire(at: start + .seconds(5))), "wait")
        XCTAssertEqual(pipeline.nextDeadline, start + .seconds(7))
        receive(prepared, rows("1"), .sync)
        XCTAssertEqual(log.lines, ["a: 1"])
    }

    func test_a_connection_that_does_not_answer_in_time_is_closed() {
        for (role, seconds) in [(ConnectionRole.reads, 12), (.writes, 7)] {
            pipeline = PipelineState(role)
            send(request("a"))
            while describe(pipeline.expire(at: start + .seconds(seconds) - .milliseconds(1))) != "wait" {}
            XCTAssertEqual(
                describe(pipeline.expire(at: start + .seconds(seconds))),
                #"close lost("a statement was not answered in time")"#)
        }
    }

    func test_what_is_in_flight_when_the_connection_ends_is_unknown() {
        send(request("a"), request("b"))
        receive(prepared, rows("1"))
        complete(pipeline.connectionEnded())
        XCTAssertEqual(log.lines, ["a", "b"].map { #"\#($0): lost("the connection was lost")"# })
        XCTAssertTrue(pipeline.isEmpty)
        XCTAssertNil(pipeline.nextDeadline)
        XCTAssertTrue(pipeline.hasAnswered)
    }
}
