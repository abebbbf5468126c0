/// What a load generator used of its processors during a step, warm-up included.
struct LoadUsage: Sendable, Codable {
    /// The processor time of the processes, in seconds.
    var processorSeconds = 0.0
    /// The time that their event loops had, in seconds.
    var availableSeconds = 0.0
    /// The number of requests that ended, with a response or without.
    var exchanges: UInt64 = 0

    mutating func add(_ other: LoadUsage) {
        processorSeconds += other.processorSeconds
        availableSeconds += other.availableSeconds
        exchanges += other.exchanges
    }

    /// The share of the event loops' time that was used.
    var share: Double { availableSeconds > 0 ? processorSeconds / availableSeconds : 0 }

    /// The processor time for each request, in microseconds; with the frames of listeners in it.
    var microsecondsPerRequest: Double {
        exchanges > 0 ? (processorSeconds / Double(exchanges) * 1e7).rounded() / 10 : 0
    }
}
