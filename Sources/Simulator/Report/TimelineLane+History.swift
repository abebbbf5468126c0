import Bookings
import SimulationKit

extension TimelineLane {
    /// The number of lanes for callers, and for sockets. The rest share the last lane.
    private static let maximumLanes = 12

    /// Returns a lane with the requests of each caller.
    static func callers(_ history: History) -> [TimelineLane] {
        let byCaller = Dictionary(grouping: history.calls) { $0.caller.description }
        return lanes(for: byCaller.keys, others: "other callers") { names in
            names.flatMap { byCaller[$0] ?? [] }.map { Point(at: $0.at, category: $0.category) }
        }
    }

    /// Returns a lane with the frames of each socket and the gaps between its connections.
    static func sockets(_ history: History, faults: [FaultSpan]) -> [TimelineLane] {
        let bySocket = Dictionary(grouping: history.frames, by: \.socket)
        let names = Set(bySocket.keys).union(history.listeners.keys)
        let lanes = lanes(for: names, others: "other sockets") { names in
            names.flatMap { bySocket[$0] ?? [] }.map { frame in
                Point(at: frame.receivedAt, category: frame.isReminder ? .reminder : .event)
            }
        }
        return lanes.map { lane in
            let bars = bars(faults) { $0 == .socket(lane.name) } + reconnects(bySocket[lane.name] ?? [])
            let name = names.contains(lane.name) ? "socket \(lane.name)" : lane.name
            return TimelineLane(name: name, points: lane.points, bars: bars)
        }
    }

    /// Returns a bar from the last frame of each connection to the first frame of the next.
    private static func reconnects(_ frames: [History.Frame]) -> [Bar] {
        zip(frames, frames.dropFirst()).filter { $0.connection != $1.connection }.map { before, after in
            Bar(from: before.receivedAt, until: after.receivedAt, label: "reconnected")
        }
    }

    /// Returns a lane with the faults of each replica and the requests that it received.
    static func replicas(_ history: History, plan: Plan, faults: [FaultSpan]) -> [TimelineLane] {
        (0..<plan.settings.replicas).map { replica in
            TimelineLane(
                name: "replica \(replica)",
                points: history.calls.filter { $0.replica == replica }
                    .map { Point(at: $0.at, category: $0.category) },
                bars: bars(faults) { $0 == .replica(replica) })
        }
    }

    /// Returns the lanes with the faults of Redis and of Postgres.
    static func stores(_ plan: Plan, faults: [FaultSpan]) -> [TimelineLane] {
        let suffix = plan.settings.stores == .embedded ? " (none)" : ""
        return [
            TimelineLane(name: "Redis\(suffix)", bars: bars(faults) { $0 == .redis }),
            TimelineLane(name: "Postgres\(suffix)", bars: bars(faults) { $0 == .postgres }),
        ]
            + (plan.settings.hasKeyServer
                ? [TimelineLane(name: "key server", bars: bars(faults) { $0 == .keyServer })] : [])
            + (plan.settings.hasReceivers
                ? [TimelineLane(name: "receivers", bars: bars(faults) { $0 == .receivers })] : [])
    }

    /// Returns the lane with the periods in which the run recorded a fault.
    static func faultPeriods(_ history: History) -> TimelineLane {
        TimelineLane(
            name: "faults", bars: history.faultPeriods.map { Bar(from: $0.from, until: $0.until, label: $0.name) })
    }

    private static func bars(_ faults: [FaultSpan], at isHere: (FaultTarget) -> Bool) -> [Bar] {
        faults.filter { isHere($0.target) }.map { Bar(from: $0.from, until: $0.until ?? $0.from, label: $0.label) }
    }

    /// Returns a lane for each name, shorter names first so that `customer-2` precedes `customer-10`.
    private static func lanes(
        for names: some Collection<String>, others: String, points: ([String]) -> [Point]
    ) -> [TimelineLane] {
        let names = names.sorted { ($0.count, $0) < ($1.count, $1) }
        let shown = names.count > maximumLanes ? maximumLanes - 1 : names.count
        let lanes = names.prefix(shown).map { TimelineLane(name: $0, points: points([$0])) }
        let rest = Array(names.dropFirst(shown))
        return rest.isEmpty ? lanes : lanes + [TimelineLane(name: "\(rest.count) \(others)", points: points(rest))]
    }
}

extension History.Call {
    fileprivate var category: TimelineLane.Category {
        hasUnknownOutcome ? .unknown : isSuccess ? .success : .refused
    }
}
