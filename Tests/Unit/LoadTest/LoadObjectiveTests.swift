import XCTest

@testable import Bookings
@testable import LoadTest

final class LoadObjectiveTests: XCTestCase {
    private func measures(_ milliseconds: ClosedRange<Int>, unsent: Int = 0) -> LoadMeasures {
        var measures = LoadMeasures()
        for length in milliseconds {
            measures.answer(.get, status: 200, isExpected: true, latency: .milliseconds(length), at: .zero)
        }
        for _ in 0..<unsent { measures.leaveUnsent(.get, at: .zero) }
        return measures
    }

    private func isMissed(_ text: String, _ measures: LoadMeasures) throws -> Bool {
        try XCTUnwrap(LoadObjective(argument: text), text).judge(measures).isMissed
    }

    func test_an_objective_is_judged_by_its_percentile() throws {
        let hundred = measures(1...100)
        for (text, missed) in [
            ("get.p50=50.1ms", false), ("get.p50=49ms", true), ("get.p99=0.1s", false), ("get.p99=98ms", true),
            ("get.p99.9=99ms", true), ("get.max=101ms", false), ("get.max=99000us", true), ("get.errors=0", false),
            ("total.p50=49ms", true), ("total_p50=51ms", false),
        ] {
            XCTAssertEqual(try isMissed(text, hundred), missed, text)
        }
    }

    func test_what_was_never_sent_is_slower_than_anything_that_was() throws {
        let measures = measures(1...98, unsent: 2)
        XCTAssertFalse(try isMissed("get.p98=99ms", measures))
        XCTAssertTrue(try isMissed("get.p99=1000s", measures))
        XCTAssertTrue(try isMissed("get.max=1000s", measures))
        XCTAssertFalse(try isMissed("get.errors=2%", measures))
        XCTAssertTrue(try isMissed("get.errors=0.01", measures))
    }

    func test_what_nothing_was_measured_of_is_missed() throws {
        XCTAssertTrue(try isMissed("create.p50=1s", measures(1...2)))
        XCTAssertTrue(try isMissed("frame.errors=1", measures(1...2)))
        XCTAssertTrue(try isMissed("reminder_lateness_p99=1s", measures(1...2)))
    }

    func test_an_unexpected_status_is_an_error() throws {
        var measures = LoadMeasures()
        measures.answer(.create, status: 201, isExpected: true, latency: .zero, at: .zero)
        XCTAssertFalse(try isMissed("create.errors=0", measures))
        measures.answer(.create, status: 409, isExpected: false, latency: .zero, at: .seconds(3))
        XCTAssertTrue(try isMissed("create.errors=49%", measures))
        XCTAssertEqual(measures.failures.sentences, ["status 409 of create: 1 at 3s"])
    }

    func test_the_names_of_rows_are_told_apart() throws {
        for (text, row) in [
            ("frame.p99=1s", LoadRow.frame), ("frame_p99=1s", .frame), ("frame_after_answer_p99=1s", .frameAfterAnswer),
            ("event_delay.max=1s", .eventDelay), ("events.max=1s", .requests(.events)),
            ("reminder_lateness_p99=100ms", .reminderLateness), ("no-show.p50=1s", .requests(.noShow)),
        ] {
            XCTAssertEqual(LoadObjective(argument: text)?.row, row, text)
        }
    }

    func test_an_objective_that_is_none_is_refused() {
        for text in [
            "", "get", "get.p99", "get.p99=", "get.p99=50", "get.p99=50x", "get.p0=1s", "get.p100=1s", "put.p99=1s",
            "get.errors=2", "get.errors=101%", "get.mean=1s", "get.p99=-1s", "getp99=1s",
        ] {
            XCTAssertNil(LoadObjective(argument: text), text)
        }
    }
}
