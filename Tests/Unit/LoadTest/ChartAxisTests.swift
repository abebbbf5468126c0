import XCTest

@testable import Simulator

final class ChartAxisTests: XCTestCase {
    func test_a_linear_axis_has_round_ticks_that_enclose_the_values() {
        for (highest, ticks) in [
            (38.0, [0.0, 10, 20, 30, 40]), (1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (503, [0, 200, 400, 600]),
        ] {
            XCTAssertEqual(ChartAxis.linear(upTo: highest).ticks.map { ($0 * 10).rounded() / 10 }, ticks)
        }
        XCTAssertEqual(ChartAxis.linear(upTo: 38).share(of: 10), 0.25)
    }

    func test_a_logarithmic_axis_has_powers_of_ten() {
        XCTAssertEqual(ChartAxis.logarithmic(from: 0.4, upTo: 700).ticks, [0.1, 1, 10, 100, 1000])
        XCTAssertEqual(ChartAxis.logarithmic(from: 9, upTo: 90).ticks, [1, 2, 5, 10, 20, 50, 100])
        XCTAssertEqual(ChartAxis.logarithmic(from: 1, upTo: 1).ticks, [1, 2, 5, 10])
        XCTAssertEqual(ChartAxis.logarithmic(from: 0.4, upTo: 700).share(of: 10), 0.5, accuracy: 1e-9)
    }
}
