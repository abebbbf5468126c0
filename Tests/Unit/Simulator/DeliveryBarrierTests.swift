import Testing

@testable import SimulationKit

@Suite("Arrivals") struct DeliveryBarrierTests {
    private func told(_ replica: Int, sent: Int?) -> DeliveryProgress {
        DeliveryProgress(replica: replica, relayed: 1, sent: sent)
    }

    @Test func `what was sent since the last pings has arrived when as much was heard`() {
        var arrivals = DeliveryBarrier()
        arrivals.settle([told(0, sent: 7), told(1, sent: 2)], heard: [0: 5])
        #expect(arrivals.areComplete([told(0, sent: 9), told(1, sent: 2)], heard: [0: 7]))
        #expect(!arrivals.areComplete([told(0, sent: 9), told(1, sent: 2)], heard: [0: 6]))
        #expect(!arrivals.areComplete([told(0, sent: 9), told(1, sent: 3)], heard: [0: 8]))
    }

    @Test func `nothing is sure before the first pings, and of a replica that came back`() {
        var arrivals = DeliveryBarrier()
        #expect(!arrivals.areComplete([told(0, sent: 0)], heard: [:]))
        arrivals.settle([told(0, sent: 0)], heard: [:])
        #expect(!arrivals.areComplete([told(0, sent: 0), told(1, sent: 0)], heard: [:]))
    }

    @Test func `a replica that does not say what it sent is never sure`() {
        var arrivals = DeliveryBarrier()
        arrivals.settle([told(0, sent: nil)], heard: [:])
        #expect(!arrivals.areComplete([told(0, sent: nil)], heard: [:]))
    }
}
