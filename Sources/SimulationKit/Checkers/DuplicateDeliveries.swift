import Bookings

/// Repeated deliveries of an event on one socket, and which of them a fault excuses.
///
/// Delivery is at least once across a reconnect, so that a copy is excused when it comes on another connection within
/// five seconds of a fault. A copy on the same connection never is.
struct DuplicateDeliveries {
    private struct Key: Hashable { let socket: String, event: String }
    private let degraded: DegradedPeriods

    init(_ faults: [History.FaultPeriod]) {
        degraded = DegradedPeriods(faults)
    }

    /// Returns the repeated frames that nothing excuses.
    func unexcused(in frames: [History.Frame]) -> [History.Frame] {
        duplicates(in: frames).filter { !$0.isExcused }.map { frames[$0.index] }
    }

    /// Returns the frames without the repeated ones that are excused.
    func removingExcused(from frames: [History.Frame]) -> [History.Frame] {
        let excused = Set(duplicates(in: frames).filter(\.isExcused).map(\.index))
        return excused.isEmpty ? frames : frames.indices.filter { !excused.contains($0) }.map { frames[$0] }
    }

    /// Returns the indices of all frames but the first of each event and socket.
    private func duplicates(in frames: [History.Frame]) -> [(index: Int, isExcused: Bool)] {
        var connections: [Key: [Int]] = [:]
        return frames.enumerated().compactMap { index, frame in
            let key = Key(socket: frame.socket, event: frame.event)
            let seen = connections[key, default: []]
            connections[key] = seen + [frame.connection]
            guard !seen.isEmpty else { return nil }
            return (index, !seen.contains(frame.connection) && degraded.isNearFault(frame.receivedAt))
        }
    }
}
