import Bookings

/// Looks for an order of the operations on one provider in which every answer is right, and in which no operation stands
/// before one that had ended when it began.
///
/// J. Wing and C. Gong, "Testing and verifying concurrent objects" (1993), with the cache of configurations of G. Lowe,
/// "Testing for linearizability" (2017). An operation that changes nothing is put at the first place that explains it,
/// and never elsewhere: what it allows does not depend on it.
struct LinearizationSearch {
    /// The result of a search.
    enum Verdict {
        case linearizable
        /// The longest order that was found, and the operations of which none can be the next.
        case violated(order: [Int], stuck: [Int])
        /// The search was given up.
        case undecided
    }

    private struct Step {
        let entry: Int
        let operation: Int
        let change: ProviderOperation.Change
    }

    private let operations: [ProviderOperation]
    private var entries: EventList
    private var state = ProviderState()
    private var executed = Fingerprint()
    private var seen: Set<Fingerprint> = []
    private var steps: [Step] = []
    private var longest: [Int] = []
    private var stuck: [Int] = []

    init(_ operations: [ProviderOperation]) {
        self.operations = operations
        entries = EventList(operations)
    }

    /// - Parameter budget: How many operations are tried before the search is given up.
    mutating func run(budget: Int) -> Verdict {
        var tries = 0
        var entry = entries.first
        while let current = entry {
            let (operation, isReturn) = entries[current]
            if isReturn {
                // An operation has ended that is not in the order: another order of those before it is needed.
                note()
                guard let next = backtrack() else { return .violated(order: longest, stuck: stuck) }
                entry = next
                continue
            }
            tries += 1
            if tries > budget { return .undecided }
            entry = place(operation, at: current) ? entries.first : entries.next(of: current)
        }
        return .linearizable
    }

    private mutating func place(_ operation: Int, at entry: Int) -> Bool {
        guard let change = operations[operation].execute(on: &state) else { return false }
        executed.toggle(UInt64(operation))
        guard seen.insert(state.fingerprint.combined(with: executed)).inserted else {
            executed.toggle(UInt64(operation))
            change.undo(in: &state)
            return false
        }
        entries.remove(operation)
        steps.append(Step(entry: entry, operation: operation, change: change))
        return true
    }

    /// Takes back the last operation that changed something, and those behind it. Returns where to go on.
    private mutating func backtrack() -> Int? {
        while let step = steps.popLast() {
            executed.toggle(UInt64(step.operation))
            step.change.undo(in: &state)
            entries.restore(step.operation)
            if step.change.booking != nil { return entries.next(of: step.entry) }
        }
        return nil
    }

    private mutating func note() {
        guard stuck.isEmpty || steps.count > longest.count else { return }
        longest = steps.map(\.operation)
        stuck = entries.concurrent
    }
}

/// The beginnings and ends of operations in the order of time, as a doubly linked list from which operations are taken.
struct EventList {
    private var events: [(operation: Int, isReturn: Bool)] = []
    private var previous: [Int] = []
    private var following: [Int] = []
    private var places: [(call: Int, end: Int)]

    init(_ operations: [ProviderOperation]) {
        var sorted: [(time: Int, operation: Int, isReturn: Bool)] = []
        for (index, operation) in operations.enumerated() {
            sorted.append((operation.invoked, index, false))
            sorted.append((operation.returned, index, true))
        }
        // At equal times a beginning comes first: the operations are taken as concurrent.
        sorted.sort { ($0.time, $0.isReturn ? 1 : 0, $0.operation) < ($1.time, $1.isReturn ? 1 : 0, $1.operation) }
        places = Array(repeating: (0, 0), count: operations.count)
        // The first element is the head of the list.
        events.append((-1, false))
        for event in sorted {
            if event.isReturn {
                places[event.operation].end = events.count
            } else {
                places[event.operation].call = events.count
            }
            events.append((event.operation, event.isReturn))
        }
        previous = events.indices.map { $0 - 1 }
        following = events.indices.map { $0 + 1 }
    }

    var first: Int? { next(of: 0) }
    func next(of entry: Int) -> Int? { following[entry] < events.count ? following[entry] : nil }
    subscript(entry: Int) -> (operation: Int, isReturn: Bool) { events[entry] }

    /// The operations that began before the next one ends.
    var concurrent: [Int] {
        var found: [Int] = []
        var entry = first
        while let current = entry, !events[current].isReturn {
            found.append(events[current].operation)
            entry = next(of: current)
        }
        return found
    }

    mutating func remove(_ operation: Int) {
        unlink(places[operation].call)
        unlink(places[operation].end)
    }

    /// Puts the operation back that was removed last.
    mutating func restore(_ operation: Int) {
        link(places[operation].end)
        link(places[operation].call)
    }

    private mutating func unlink(_ entry: Int) {
        following[previous[entry]] = following[entry]
        if following[entry] < events.count { previous[following[entry]] = previous[entry] }
    }

    private mutating func link(_ entry: Int) {
        following[previous[entry]] = entry
        if following[entry] < events.count { previous[following[entry]] = entry }
    }
}
