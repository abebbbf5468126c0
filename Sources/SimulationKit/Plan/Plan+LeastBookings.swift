import Bookings

extension Plan {
    /// The number of bookings that a correct service makes, whatever the outcome of races: those whose slot no other
    /// operation asks for, and whose request no fault is near.
    var leastBookings: Int {
        // A fault that is repaired only if a replica is down may begin at any time.
        guard !operations.contains(where: \.verb.isConditionalRepair) else { return 0 }
        let end = Timestamp(milliseconds: settings.begin) + .milliseconds(settings.until) + .seconds(86_400)
        let faults = FaultSpan.all(of: self, until: end).map { ($0.from, $0.until ?? $0.from) }
        let degraded = DegradedPeriods(faults.map { History.FaultPeriod(name: "", from: $0.0, until: $0.1) })
        let begin = Timestamp(milliseconds: settings.begin)
        return isolatedCreates.count { !degraded.isNearFault(begin + .milliseconds($0.at)) }
    }

    /// A slot that an operation asks for.
    private struct Request: Hashable {
        let label: String
        let start: Int64
        let end: Int64
    }

    private struct Create {
        let at: Int64
        let request: Request
    }

    private var isolatedCreates: [Create] {
        var providers: [String: Int] = [:]
        var creates: [String: Create] = [:]
        var labels: [KeyUse: Set<String>] = [:]
        var requests: [Int: Set<Request>] = [:]
        for step in steps {
            for operation in step.operations.flatMap(\.withNested) {
                switch operation.verb {
                case .create(let label, let provider, let start, let minutes, let key):
                    let request = Request(label: label, start: start, end: start + Int64(minutes) * 60_000)
                    providers[label] = provider
                    requests[provider, default: []].insert(request)
                    if let key { labels[KeyUse(caller: operation.caller, key: key), default: []].insert(label) }
                    // A walk may end before it reaches the operations between its later pages.
                    let isCertain = step.operations.contains { $0.name == operation.name }
                    if isCertain, creates[label] == nil { creates[label] = Create(at: step.at, request: request) }
                case .act(let label, .reschedule, let start?, let minutes, _, _):
                    // A booking's own move counts as another request: it frees one slot and takes one.
                    let end = start + Int64(minutes ?? 30) * 60_000
                    requests[providers[label] ?? -1, default: []].insert(Request(label: "", start: start, end: end))
                default: break
                }
            }
        }
        // A key that names two bookings makes one of them.
        let shared = Set(labels.values.filter { $0.count > 1 }.joined())
        let isolated = requests.values.reduce(into: Set<String>()) { $0.formUnion(Self.isolated($1)) }
        return creates.values.filter {
            isolated.contains($0.request.label) && !shared.contains($0.request.label) && $0.request.start > $0.at
        }
    }

    private struct KeyUse: Hashable {
        let caller: Caller
        let key: String
    }

    /// Returns the labels whose slot overlaps no other of the same provider.
    private static func isolated(_ requests: Set<Request>) -> Set<String> {
        let sorted = requests.sorted { ($0.start, $0.end, $0.label) < ($1.start, $1.end, $1.label) }
        var latest = Int64.min
        var labels: Set<String> = []
        for (index, request) in sorted.enumerated() {
            let next = index + 1 < sorted.count ? sorted[index + 1].start : .max
            if request.start >= latest, request.end <= next { labels.insert(request.label) }
            latest = max(latest, request.end)
        }
        return labels
    }
}

extension Verb {
    fileprivate var isConditionalRepair: Bool {
        if case .fault(let event) = self { event.phase == .healIfDown } else { false }
    }
}
