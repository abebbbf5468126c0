import XCTest

@testable import Bookings
@testable import LoadTest
@testable import Simulator

final class LoadResultTests: XCTestCase {
    /// A result of ten seconds with a hundred reads of the given latency.
    private func result(
        latency: Duration = .milliseconds(20), lag: Duration = .zero, status: Int = 200,
        _ change: (inout LoadSettings) -> Void = { _ in }
    ) throws -> LoadResult {
        var settings = LoadSettings(
            target: try XCTUnwrap(LoadTarget(argument: "http://127.0.0.1:1")), startedAt: .earliest)
        change(&settings)
        var measures = LoadMeasures()
        for _ in 0..<100 {
            measures.send(.get, lag: lag)
            measures.answer(.get, status: status, isExpected: status == 200, latency: latency, at: .seconds(3))
        }
        let point = LoadPoint(sent: 100, answered: 100, failed: 0, frames: 0, p50: 20_000, p99: 20_000, max: 20_000)
        let silent = LoadPoint(sent: 0, answered: 0, failed: 0, frames: 0, p50: nil, p99: nil, max: nil)
        return LoadResult(
            settings: settings, measures: measures, points: [point, silent, point], duration: .seconds(10))
    }

    private func objective(_ text: String) throws -> LoadObjective {
        try XCTUnwrap(LoadObjective(argument: text), text)
    }

    // MARK: - Failures

    func test_a_load_without_objectives_fails_when_requests_do() throws {
        XCTAssertEqual(try result().failures, [])
        XCTAssertEqual(try result(status: 503).failures, ["FAILED status 503 of get: 100 at 3s"])
        XCTAssertEqual(try result(status: 503) { $0.allowsErrors = true }.failures, [])
    }

    func test_lost_and_doubled_events_and_reminders_fail_a_load() throws {
        var result = try result { $0.sockets = 3 }
        result.listenersOpened = 2
        result.measures.frames.owed = 7
        result.measures.frames.sample.lose(2)
        result.measures.frames.doubled = 1
        result.measures.frames.reminders.early = 4
        XCTAssertEqual(
            result.failures,
            [
                "FAILED 1 of 3 listeners could not be opened", "FAILED 2 of 7 events did not arrive",
                "FAILED 1 events arrived again", "FAILED 4 reminders were early",
            ])
    }

    func test_a_generator_that_is_late_or_busy_is_saturated() throws {
        XCTAssertNil(try result(lag: .milliseconds(9)).saturation)
        XCTAssertNil(try result(latency: .milliseconds(100), lag: .milliseconds(20)).saturation)
        XCTAssertNotNil(try result(latency: .milliseconds(40), lag: .milliseconds(20)).saturation)
        var busy = try result()
        busy.measures.usage = LoadUsage(processorSeconds: 9.6, availableSeconds: 10, exchanges: 100)
        XCTAssertEqual(busy.failures.first?.hasPrefix("GENERATOR SATURATED"), true)
        busy.measures.usage.processorSeconds = 9
        XCTAssertNil(busy.saturation)
        XCTAssertEqual(busy.measures.usage.microsecondsPerRequest, 90_000)
    }

    func test_a_search_that_ended_at_the_limit_of_the_generator_is_saturated() throws {
        var result = try result()
        result.limit = LoadLimit(held: 1000, missed: nil, isGenerators: false)
        XCTAssertNil(result.saturation)
        result.limit = LoadLimit(held: 1000, missed: nil, isGenerators: true)
        XCTAssertEqual(result.failures.first?.hasPrefix("GENERATOR SATURATED"), true)
    }

    // MARK: - Comparison

    private func comparison(_ before: LoadResult, _ now: LoadResult) throws -> [LoadComparison.Line] {
        try LoadComparison(text: before.json, tolerance: 0.05).lines(now)
    }

    func test_a_result_is_worse_by_more_than_the_tolerance_only() throws {
        let before = try result()
        XCTAssertFalse(try comparison(before, before).contains(where: \.isWorse))
        XCTAssertFalse(try comparison(before, result(latency: .microseconds(20_900))).contains(where: \.isWorse))
        XCTAssertFalse(try comparison(before, result(latency: .milliseconds(1))).contains(where: \.isWorse))
        let slower = try comparison(before, result(latency: .milliseconds(22))).filter(\.isWorse)
        XCTAssertEqual(slower.map(\.name).sorted().first, "get.p50 in us")
        let failing = try comparison(before, result(status: 503)).filter(\.isWorse)
        XCTAssertEqual(failing.map(\.name), ["get.errors as a share", "total.errors as a share"])
    }

    func test_a_lower_limit_is_worse() throws {
        var (before, now) = (try result(), try result())
        before.limit = LoadLimit(held: 1000, missed: 1040, isGenerators: false)
        now.limit = LoadLimit(held: 940, missed: 980, isGenerators: false)
        XCTAssertEqual(try comparison(before, now).filter(\.isWorse).map(\.name), ["limit in requests a second"])
        XCTAssertFalse(try comparison(now, before).contains(where: \.isWorse))
    }

    func test_a_file_that_is_no_result_is_refused() {
        for text in ["", "{}", "[]"] { XCTAssertThrowsError(try LoadComparison(text: text, tolerance: 0), text) }
    }

    // MARK: - Files

    func test_the_series_has_a_line_a_second() throws {
        XCTAssertEqual(
            try result().csv,
            "second,sent,answered,failed,frames,p50_us,p99_us,max_us\r\n1,100,100,0,0,20000,20000,20000\r\n"
                + "2,0,0,0,0,,,\r\n3,100,100,0,0,20000,20000,20000\r\n")
    }

    func test_every_objective_is_a_test_case() throws {
        var settings = LoadSettings(
            target: try XCTUnwrap(LoadTarget(argument: "http://127.0.0.1:1")), startedAt: .earliest)
        settings.objectives = [try objective("get.p99=1ms"), try objective("get.p99=1s")]
        let result = try result { $0.objectives = settings.objectives }
        XCTAssertEqual(result.checks.map(\.failure), ["20ms", nil, nil, nil])
        let xml = JUnit.report(result)
        XCTAssertTrue(xml.contains(#"tests="4" failures="1""#), xml)
        XCTAssertTrue(xml.contains(#"<testcase classname="simulator.load" name="get.p99=1s"/>"#), xml)
    }

    func test_the_page_has_its_charts_in_it_and_nothing_from_outside() throws {
        let page = LoadPage(result: try result(status: 503)).document
        XCTAssertEqual(page.components(separatedBy: "<svg ").count, 3)
        XCTAssertTrue(page.contains("FAILED status 503 of get"), page)
        for outside in ["<script", "src=", "href="] { XCTAssertFalse(page.contains(outside), outside) }
    }

    func test_the_metrics_count_the_seconds() {
        let metrics = LoadMetrics()
        let point = LoadPoint(sent: 10, answered: 9, failed: 1, frames: 4, p50: 1000, p99: 250_000, max: 300_000)
        metrics.observe(.second(1, point, listeners: 3))
        metrics.observe(.second(2, point, listeners: 3))
        let text = metrics.exposition
        for line in [
            "load_requests_sent_total 20", "load_requests_failed_total 2", "load_listeners 3",
            "load_latency_seconds{quantile=\"0.99\"} 0.25",
        ] {
            XCTAssertTrue(text.contains(line + "\n"), text)
        }
    }
}
