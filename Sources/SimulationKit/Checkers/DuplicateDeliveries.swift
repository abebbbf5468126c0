import Bookings

/// Which further copies of an event on one socket a trouble excuses: those on another connection, close to it.
struct DuplicateDeliveries {
    private struct Key: Hashable { let socket: String, event: String }
    private let troubled: FaultWindow

    init(_ troubles: [History.Trouble]) {
        troubled = FaultWindow(troubles)
    }

    func unexcused(_ frames: [History.Frame]) -> [History.Frame] {
        further(frames).filter { !$0.isExcused }.map { frames[$0.place] }
    }

    /// The frames without the further copies that are excused.
    func withoutExcused(_ frames: [History.Frame]) -> [History.Frame] {
        let excused = Set(further(frames).filter(\.isExcused).map(\.place))
        return excused.isEmpty ? frames : frames.indices.filter { !excused.contains($0) }.map { frames[$0] }
    }

    private func further(_ frames: [History.Frame]) -> [(place: Int, isExcused: Bool)] {
        var connections: [Key: [Int]] = [:]
        return frames.enumerated().compactMap { place, frame in
            let key = Key(socket: frame.socket, event: frame.event)
            let seen = connections[key, default: []]
            connections[key] = seen + [frame.connection]
            guard !seen.isEmpty else { return nil }
            return (place, !seen.contains(frame.connection) && troubled.touches(frame.receivedAt))
        }
    }
}
