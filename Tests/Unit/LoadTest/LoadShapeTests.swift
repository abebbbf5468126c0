import XCTest

@testable import Bookings
@testable import LoadTest
@testable import SimulationKit

final class LoadShapeTests: XCTestCase {
    /// The number of arrivals in each second of a shape.
    private func arrivals(_ text: String) throws -> [Int] {
        let shape = try XCTUnwrap(LoadShape(argument: text), text)
        let plan = LoadPlan(seed: 3, shape: shape, mix: .usual, providers: 1, conflicts: 0)
        var counts = [Int](repeating: 0, count: Int(shape.duration.inSeconds.rounded(.up)))
        for arrival in plan { counts[Int(arrival.due.inSeconds)] += 1 }
        return counts
    }

    func test_the_rate_goes_linearly_from_stage_to_stage() throws {
        let counts = try arrivals("1000:2s,5000:4s,5000:2s,0:4s")
        let expected = [1000, 1000, 1500, 2500, 3500, 4500, 5000, 5000, 4375, 3125, 1875, 625]
        XCTAssertEqual(counts.count, expected.count)
        for (count, mean) in zip(counts, expected) {
            // Five standard deviations of a Poisson distribution.
            XCTAssertEqual(Double(count), Double(mean), accuracy: 5 * Double(mean).squareRoot())
        }
    }

    func test_a_spike_has_its_rate_at_once_and_the_next_stage_begins_with_the_rate_before_it() throws {
        let shape = try XCTUnwrap(LoadShape(argument: "100:1m,spike:5000:10s,200:10s"))
        XCTAssertEqual(shape.segments.map(\.from), [100, 5000, 100])
        XCTAssertEqual(shape.segments.map(\.to), [100, 5000, 200])
        XCTAssertEqual(shape.duration, .seconds(80))
        XCTAssertEqual(shape.arrivals, 6000 + 50_000 + 1500)
    }

    func test_instants_are_the_inverse_of_expected_arrivals() throws {
        let shape = try XCTUnwrap(LoadShape(argument: "0:0.5s,100:2s"))
        XCTAssertEqual(shape.instant(of: 0), .milliseconds(500))
        XCTAssertEqual(try XCTUnwrap(shape.instant(of: 25)).inSeconds, 1.5, accuracy: 1e-9)
        XCTAssertNil(shape.instant(of: 100))
    }

    func test_stages_that_are_none_are_refused() {
        for text in ["", "100", "100:", ":1m", "100:1m,", "-1:1m", "100:0s", "0:1m", "jump:1:1m", "spike:1", "1:1m:1m"]
        {
            XCTAssertNil(LoadShape(argument: text), text)
        }
    }

    func test_durations_have_units_from_microseconds_to_hours() {
        for (text, duration) in [
            ("250us", Duration.microseconds(250)), ("250ms", .milliseconds(250)), ("1.5s", .milliseconds(1500)),
            ("2m", .seconds(120)), ("1h", .seconds(3600)), ("0s", .zero),
        ] {
            XCTAssertEqual(LoadSpan(argument: text)?.duration, duration, text)
        }
        for text in ["", "s", "1", "-1s", "1d", "1e9h", "nans", "infs"] { XCTAssertNil(LoadSpan(argument: text), text) }
    }
}
