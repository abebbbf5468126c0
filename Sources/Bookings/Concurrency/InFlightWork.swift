import Synchronization

/// Counts what is under way, by kind. Shutdown drains until it is empty, and the simulator's barriers wait for that.
///
/// An entry is made before the one that caused it ends (a wake-up before the write that rang it is done), so that
/// zero is never seen while something is still to come.
package final class InFlightWork: Sendable {
    package enum Kind: Int, CaseIterable, Sendable {
        /// A request, from its head read to its answer written.
        case request
        /// A loop (reminders, relay, heartbeats) that is not asleep.
        case loop
        /// A wake-up or fan-out on its way to a replica.
        case publish
        /// Frames on their way from the gateway into sockets.
        case delivery
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    private let counters = Kind.allCases.map { _ in Counter() }

    package init() {}

    package func enter(_ kind: Kind, count: Int = 1) {
        counters[kind.rawValue].value.wrappingAdd(count, ordering: .sequentiallyConsistent)
    }

    package func leave(_ kind: Kind, count: Int = 1) {
        let left = counters[kind.rawValue].value.wrappingSubtract(count, ordering: .sequentiallyConsistent)
            .newValue
        assert(left >= 0, "An activity of kind \(kind) ended more often than it began.")
    }

    package func count(of kind: Kind) -> Int {
        counters[kind.rawValue].value.load(ordering: .sequentiallyConsistent)
    }

    package var isIdle: Bool { Kind.allCases.allSatisfy { count(of: $0) == 0 } }

    /// For the log line of a drain that does not end: `request=1 loop=0 …`.
    package var summary: String {
        Kind.allCases.map { "\($0)=\(count(of: $0))" }.joined(separator: " ")
    }
}
