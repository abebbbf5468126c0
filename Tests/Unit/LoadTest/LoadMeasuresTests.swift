import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import LoadTest
@testable import SimulationKit

/// Measurements of several event loops and processes.
final class LoadMeasuresTests: XCTestCase {
    private func latencies(_ count: Int) -> [Duration] {
        var generator = SeededGenerator(seed: 5)
        return (0..<count).map { _ in .microseconds(Int64.random(in: 1...50_000_000, using: &generator)) }
    }

    private func measures(_ latencies: [Duration]) -> LoadMeasures {
        var measures = LoadMeasures()
        for latency in latencies {
            measures.send(.get, lag: .microseconds(3))
            measures.answer(.get, status: 200, isExpected: true, latency: latency, at: .zero)
        }
        return measures
    }

    func test_four_parts_have_the_percentiles_of_the_whole() throws {
        let all = latencies(10_000)
        let whole = measures(all)
        var sum = LoadMeasures()
        for part in 0..<4 {
            let part = measures(all.enumerated().filter { $0.offset % 4 == part }.map(\.element))
            let copy = try JSONDecoder().decode(LoadMeasures.self, from: JSONEncoder().encode(part))
            sum.add(copy)
        }
        XCTAssertEqual(sum.sent, 10_000)
        for percentile in stride(from: 0.5, through: 100, by: 0.5) {
            XCTAssertEqual(
                sum.sample(of: .requests(.get)).latency(at: percentile),
                whole.sample(of: .requests(.get)).latency(at: percentile), "p\(percentile)")
        }
    }

    func test_a_percentile_of_the_histogram_is_that_of_the_sorted_latencies() {
        let all = latencies(1000).sorted()
        let sample = measures(all).sample(of: .total)
        for percentile in [50.0, 90, 99, 99.9, 100] {
            let exact = all[Int((percentile / 100 * 1000).rounded(.up)) - 1].inSeconds
            XCTAssertEqual(sample.latency(at: percentile)?.inSeconds ?? 0, exact, accuracy: exact / 1000)
        }
    }

    func test_a_session_is_not_one_request_more_in_the_total() {
        var measures = measures([.milliseconds(1), .milliseconds(2)])
        measures.answer(.session, status: 200, isExpected: true, latency: .seconds(9), at: .zero)
        XCTAssertEqual(measures.total.sample.answered, 2)
        XCTAssertEqual(measures.total.sample.latency(at: 100), .milliseconds(2))
    }

    func test_failures_tell_when_they_began_and_ended() {
        var failures = LoadFailures()
        failures.note("connection closed", at: .milliseconds(12_300))
        var others = LoadFailures()
        others.note("no connection", at: .seconds(13))
        others.note("connection closed", at: .milliseconds(12_250))
        failures.add(others)
        XCTAssertEqual(
            failures.sentences, ["connection closed: 2 at 12.3s", "no connection: 1 at 13s"])
    }

    func test_seconds_are_complete_when_all_workers_have_sent_them() {
        func progress(_ number: Int, _ sent: UInt64) -> LoadProgress {
            LoadProgress(number: number, second: LoadSecond(sent: sent), listeners: 2)
        }
        var merge = SecondMerge(workers: 2)
        XCTAssertEqual(merge.add(progress(0, 1)).count, 0)
        XCTAssertEqual(merge.add(progress(1, 2)).count, 0)
        XCTAssertEqual(merge.add(progress(1, 3)).count, 0)
        let complete = merge.add(progress(0, 4))
        XCTAssertEqual(complete.map(\.second.sent), [5, 5])
        XCTAssertEqual(complete.map(\.listeners), [4, 4])
        XCTAssertEqual(merge.add(progress(2, 6)).count, 0)
        XCTAssertEqual(merge.finish().map(\.second.sent), [6])
        XCTAssertEqual(merge.points.map(\.sent), [5, 5, 6])
    }

    // MARK: - The stub's model

    func test_the_model_of_the_stub_serves_in_order_and_waits_for_the_end_of_a_stall() {
        var queue = QueueModel(serviceTime: 0.5, servers: 1, stalls: [.init(from: 2, to: 4)])
        let finishes = [0, 0, 0.25, 1.75, 5].map { queue.finish(arrivingAt: $0) }
        XCTAssertEqual(finishes, [0.5, 1, 1.5, 2.25, 5.5])
        var delay = QueueModel(serviceTime: 0.5, servers: nil, stalls: [.init(from: 2, to: 4)])
        XCTAssertEqual([0, 0, 2, 3.5, 4].map { delay.finish(arrivingAt: $0) }, [0.5, 0.5, 4.5, 4.5, 4.5])
    }
}
