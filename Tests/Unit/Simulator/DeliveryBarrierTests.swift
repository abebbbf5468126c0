import Testing

@testable import SimulationKit

@Suite("The delivery barrier") struct DeliveryBarrierTests {
    private func progress(_ replica: Int, sent: Int?) -> DeliveryProgress {
        DeliveryProgress(replica: replica, relayed: 1, sent: sent)
    }

    @Test func `deliveries are complete when as many events were received as were sent since the last pings`() {
        var barrier = DeliveryBarrier()
        barrier.settle([progress(0, sent: 7), progress(1, sent: 2)], received: [0: 5])
        #expect(barrier.areComplete([progress(0, sent: 9), progress(1, sent: 2)], received: [0: 7]))
        #expect(!barrier.areComplete([progress(0, sent: 9), progress(1, sent: 2)], received: [0: 6]))
        #expect(!barrier.areComplete([progress(0, sent: 9), progress(1, sent: 3)], received: [0: 8]))
    }

    @Test func `counts prove nothing before the first pings, nor for a replica that was restarted`() {
        var barrier = DeliveryBarrier()
        #expect(!barrier.areComplete([progress(0, sent: 0)], received: [:]))
        barrier.settle([progress(0, sent: 0)], received: [:])
        #expect(!barrier.areComplete([progress(0, sent: 0), progress(1, sent: 0)], received: [:]))
    }

    @Test func `counts prove nothing for a replica that does not count what it sent`() {
        var barrier = DeliveryBarrier()
        barrier.settle([progress(0, sent: nil)], received: [:])
        #expect(!barrier.areComplete([progress(0, sent: nil)], received: [:]))
    }
}
