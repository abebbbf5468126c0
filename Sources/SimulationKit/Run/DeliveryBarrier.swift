/// Decides by counting whether every event that the replicas sent to sockets has been received.
///
/// Counts prove it only from a moment at which everything was known to have arrived, and only while no connection is
/// lost: what is sent to a lost connection never arrives. Otherwise the sockets have to be pinged.
struct DeliveryBarrier {
    private struct Counts {
        let sent: Int
        let received: Int
    }

    /// By replica: the counts when everything had last arrived.
    private var settled: [Int: Counts] = [:]

    /// Whether as many events were received since the last `settle` as were sent; `false` when counts prove nothing.
    ///
    /// - Parameter received: By replica: the number of events received from it.
    func areComplete(_ progress: [DeliveryProgress], received: [Int: Int]) -> Bool {
        progress.allSatisfy { current in
            guard let sent = current.sent, let settled = settled[current.replica] else { return false }
            return sent - settled.sent == received[current.replica, default: 0] - settled.received
        }
    }

    /// Notes that everything sent so far was received.
    mutating func settle(_ progress: [DeliveryProgress], received: [Int: Int]) {
        settled = progress.reduce(into: [:]) { settled, current in
            let received = received[current.replica, default: 0]
            settled[current.replica] = current.sent.map { Counts(sent: $0, received: received) }
        }
    }
}
