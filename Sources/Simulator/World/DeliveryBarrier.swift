/// What a replica had told by the time it came to rest.
struct Told: Hashable, Sendable {
    let replica: Int
    /// The place in the log up to which its sockets were told.
    let relayed: Int64
    /// How many events it sent to sockets in this life; nil when that is not known.
    let sent: Int?
}

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
    func areComplete(_ told: [Told], heard: [Int: Int]) -> Bool {
        told.allSatisfy { told in
            guard let sent = told.sent, let settled = settled[told.replica] else { return false }
            return sent - settled.sent == heard[told.replica, default: 0] - settled.heard
        }
    }

    /// All that was told has arrived.
    mutating func settle(_ told: [Told], heard: [Int: Int]) {
        settled = told.reduce(into: [:]) { settled, told in
            settled[told.replica] = told.sent.map { Counts(sent: $0, heard: heard[told.replica, default: 0]) }
        }
    }
}
