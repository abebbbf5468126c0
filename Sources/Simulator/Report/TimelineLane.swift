import Bookings
import SimulationKit

/// A row of the picture: stretches of time behind, points in time before them.
struct TimelineLane: Sendable {
    /// What a point or a stretch says by its colour.
    enum Tone: String, CaseIterable, Sendable {
        // From the least to the worst: where points fall together, the worst stands lowest.
        case event, reminder, due, good, refused, late, fault, unknown, bad

        var colour: String {
            switch self {
            case .event: "#8d99ae"
            case .reminder: "#2f6fde"
            case .due: "#5b6472"
            case .good: "#2a9d5c"
            case .refused: "#e0a100"
            case .late: "#f07f13"
            case .fault: "#8c2f39"
            case .unknown: "#7b2cbf"
            case .bad: "#d00000"
            }
        }

        /// For the legend.
        var meaning: String {
            switch self {
            case .event: "event"
            case .reminder: "reminder"
            case .due: "reminder due"
            case .good: "2xx, sent on time"
            case .refused: "3xx, 4xx"
            case .late: "sent late"
            case .fault: "fault"
            case .unknown: "no answer, 5xx"
            case .bad: "violated, never sent"
            }
        }
    }

    struct Point: Hashable, Sendable {
        let at: Timestamp
        let tone: Tone
    }

    struct Bar: Hashable, Sendable {
        let from: Timestamp
        /// The same as `from`: a single instant.
        let until: Timestamp
        let label: String
    }

    let name: String
    var points: [Point] = []
    var bars: [Bar] = []
}

extension TimelineLane {
    /// Callers and sockets beyond this many share one lane.
    private static let most = 12

    /// One lane a caller, with its requests.
    static func callers(_ history: History) -> [TimelineLane] {
        let byCaller = Dictionary(grouping: history.calls) { $0.caller.description }
        return folded(byCaller.keys, "other callers") { names in
            names.flatMap { byCaller[$0] ?? [] }.map { Point(at: $0.at, tone: $0.tone) }
        }
    }

    /// One lane a socket, with its frames, and with where its connection broke.
    static func sockets(_ history: History, faults: [FaultSpan]) -> [TimelineLane] {
        let bySocket = Dictionary(grouping: history.frames, by: \.socket)
        let names = Set(bySocket.keys).union(history.listeners.keys)
        var lanes = folded(names, "other sockets") { names in
            names.flatMap { bySocket[$0] ?? [] }.map { frame in
                Point(at: frame.receivedAt, tone: frame.name == EventName.reminder.rawValue ? .reminder : .event)
            }
        }
        for index in lanes.indices {
            let name = lanes[index].name
            lanes[index].bars = bars(faults) { $0 == .socket(name) } + reconnects(bySocket[name] ?? [])
        }
        return lanes.map { lane in
            let name = names.contains(lane.name) ? "socket \(lane.name)" : lane.name
            return TimelineLane(name: name, points: lane.points, bars: lane.bars)
        }
    }

    /// From the last frame of a connection to the first of the next.
    private static func reconnects(_ frames: [History.Frame]) -> [Bar] {
        zip(frames, frames.dropFirst()).filter { $0.connection != $1.connection }.map { before, after in
            Bar(from: before.receivedAt, until: after.receivedAt, label: "reconnected")
        }
    }

    /// One lane a replica, with what went wrong there and the requests that it was asked.
    static func replicas(_ history: History, plan: Plan, faults: [FaultSpan]) -> [TimelineLane] {
        (0..<plan.settings.replicas).map { replica in
            TimelineLane(
                name: "replica \(replica)",
                points: history.calls.filter { $0.replica == replica }.map { Point(at: $0.at, tone: $0.tone) },
                bars: bars(faults) { $0 == .replica(replica) })
        }
    }

    static func stores(_ plan: Plan, faults: [FaultSpan]) -> [TimelineLane] {
        let none = plan.settings.stores == .embedded ? " (none)" : ""
        return [
            TimelineLane(name: "Redis\(none)", bars: bars(faults) { $0 == .redis }),
            TimelineLane(name: "Postgres\(none)", bars: bars(faults) { $0 == .postgres }),
        ]
    }

    static func troubles(_ history: History) -> TimelineLane {
        TimelineLane(
            name: "trouble", bars: history.troubles.map { Bar(from: $0.from, until: $0.until, label: $0.what) })
    }

    private static func bars(_ faults: [FaultSpan], at isHere: (FaultPlace) -> Bool) -> [Bar] {
        faults.filter { isHere($0.place) }.map { Bar(from: $0.from, until: $0.until ?? $0.from, label: $0.label) }
    }

    /// A lane for each name, in a human order; the last one for all that are too many.
    private static func folded(
        _ names: some Collection<String>, _ others: String, points: ([String]) -> [Point]
    ) -> [TimelineLane] {
        let names = names.sorted { ($0.count, $0) < ($1.count, $1) }
        let shown = names.count > most ? most - 1 : names.count
        let lanes = names.prefix(shown).map { TimelineLane(name: $0, points: points([$0])) }
        let rest = Array(names.dropFirst(shown))
        return rest.isEmpty ? lanes : lanes + [TimelineLane(name: "\(rest.count) \(others)", points: points(rest))]
    }
}

extension History.Call {
    var tone: TimelineLane.Tone {
        isUnknown ? .unknown : isSuccess ? .good : .refused
    }
}
