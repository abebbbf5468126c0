/// Whether everything has arrived that the replicas sent to sockets, by counting.
///
/// The counts say so only between places at which all was known to have arrived, and while no connection goes: what
/// is sent to one that does never arrives. Then only pings are sure.
struct DeliveryBarrier {
    private struct Counts {
        let sent: Int
        let heard: Int
    }

    private var settled: [Int: Counts] = [:]

    /// `heard`: how many events came from each replica.
    func areComplete(_ told: [DeliveryProgress], heard: [Int: Int]) -> Bool {
        told.allSatisfy { told in
            guard let sent = told.sent, let settled = settled[told.replica] else { return false }
            return sent - settled.sent == heard[told.replica, default: 0] - settled.heard
        }
    }

    /// All that was told has arrived.
    mutating func settle(_ told: [DeliveryProgress], heard: [Int: Int]) {
        settled = told.reduce(into: [:]) { settled, told in
            settled[told.replica] = told.sent.map { Counts(sent: $0, heard: heard[told.replica, default: 0]) }
        }
    }
}
