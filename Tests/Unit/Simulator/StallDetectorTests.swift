import Testing

@testable import SimulationKit

@Suite("Patience") struct StallDetectorTests {
    private let begin = ContinuousClock.now

    @Test func `time in which nothing moves adds up`() {
        var patience = StallDetector(at: begin)
        for millisecond in 1...30 { patience.observe(at: begin + .milliseconds(millisecond), hasChanged: false) }
        #expect(patience.waited == .milliseconds(30))
    }

    @Test func `what moves gives all of it back`() {
        var patience = StallDetector(at: begin)
        patience.observe(at: begin + .milliseconds(40), hasChanged: false)
        patience.observe(at: begin + .milliseconds(41), hasChanged: true)
        #expect(patience.waited == .zero)
    }

    @Test func `a machine that stood still uses none of it up`() {
        var patience = StallDetector(at: begin)
        patience.observe(at: begin + .milliseconds(1), hasChanged: false)
        patience.observe(at: begin + .seconds(60), hasChanged: false)
        #expect(patience.waited < .milliseconds(100))
    }
}
