import Synchronization

/// Counts the work that is in flight in one replica, by kind. The shutdown waits until it reaches zero, the metrics
/// show it, and the simulator waits for it between two steps.
///
/// Work that causes other work begins the other before it ends itself (a write begins its wake-up before it is done),
/// so the counts never show zero while something is still to come.
package final class InFlightWork: Sendable {
    /// The kinds of work that are counted separately.
    package enum Kind: Int, CaseIterable, Sendable {
        /// A request, from its head read until its response is ready. A long-polling GET does not count while it waits
        /// for packets.
        case request
        /// A loop (reminders, relay, event stream) that is not waiting on its trigger.
        case loop
        /// A wake-up on its way to the relay.
        case publish
        /// Packets on their way from the gateway into sockets, or from sockets into their sessions.
        case delivery
        /// A reading of a published key set.
        case keys
        /// An attempt to deliver an event to a webhook, from its beginning until its result is with the webhook's loop.
        case webhook

        /// The kind's label in metrics and log lines.
        package var name: String { "\(self)" }
    }

    /// The counts of some kinds at one moment; kinds without work are left out.
    package struct Snapshot: Hashable, Sendable, CustomStringConvertible {
        /// The counts above zero.
        package let counts: [Kind: Int]

        /// Whether no work of the kinds was in flight.
        package var isIdle: Bool { counts.isEmpty }

        /// `request=1 delivery=2`, or `none`.
        package var description: String {
            let parts = Kind.allCases.compactMap { kind in counts[kind].map { "\(kind.name)=\($0)" } }
            return parts.isEmpty ? "none" : parts.joined(separator: " ")
        }
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    private struct Waiter {
        let kinds: Set<Kind>
        let continuation: CheckedContinuation<Void, Never>
    }

    private let counters = Kind.allCases.map { _ in Counter() }
    private let waiters = Mutex((waiting: [Int: Waiter](), lastID: 0))
    /// The number of waiters, so that `end` takes the lock only when there is one.
    private let waiterCount = Atomic(0)

    package init() {}

    /// Counts work that begins. Each begin needs an `end`.
    package func begin(_ kind: Kind, count: Int = 1) {
        counters[kind.rawValue].value.wrappingAdd(count, ordering: .sequentiallyConsistent)
    }

    /// Counts work that has ended, and wakes the waiters when it was the last.
    package func end(_ kind: Kind, count: Int = 1) {
        let left = counters[kind.rawValue].value
            .wrappingSubtract(count, ordering: .sequentiallyConsistent).newValue
        assert(left >= 0, "Work of kind \(kind) ended more often than it began.")
        // A waiter is counted before it looks at the counts, so either it sees this end or this end sees the waiter.
        if left == 0, waiterCount.load(ordering: .sequentiallyConsistent) > 0 { resumeIdleWaiters() }
    }

    /// Returns the amount of work of a kind that is in flight.
    package func count(of kind: Kind) -> Int {
        counters[kind.rawValue].value.load(ordering: .sequentiallyConsistent)
    }

    /// Whether no work of any kind is in flight.
    package var isIdle: Bool { Kind.allCases.allSatisfy { count(of: $0) == 0 } }

    /// Returns the counts of these kinds. They are read one after the other.
    package func snapshot(of kinds: Set<Kind> = Set(Kind.allCases)) -> Snapshot {
        let counts = kinds.map { ($0, count(of: $0)) }.filter { $0.1 > 0 }
        return Snapshot(counts: Dictionary(uniqueKeysWithValues: counts))
    }
}

// MARK: - Waiting

extension InFlightWork {
    /// Waits until no work of these kinds is in flight, until `limit` has elapsed on the clock, or until the task is
    /// cancelled.
    ///
    /// - Returns: The work that is in flight then; idle unless the limit or a cancellation ended the wait.
    package func waitUntilIdle(
        _ kinds: Set<Kind> = Set(Kind.allCases), within limit: Duration, on clock: any WallClock
    ) async -> Snapshot {
        let id = waiters.withLock { waiters in
            waiters.lastID += 1
            return waiters.lastID
        }
        var timer: (any ScheduledAction)?
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                add(Waiter(kinds: kinds, continuation: continuation), id: id)
                timer = clock.schedule(after: limit) { self.resume(id) }
                // The work may have ended, or the task may have been cancelled, before the waiter was there.
                if Task.isCancelled { resume(id) } else { resumeIdleWaiters() }
            }
        } onCancel: {
            resume(id)
        }
        timer?.cancel()
        return snapshot(of: kinds)
    }

    private func add(_ waiter: Waiter, id: Int) {
        waiters.withLock { $0.waiting[id] = waiter }
        waiterCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    private func resume(_ id: Int) {
        guard let waiter = waiters.withLock({ $0.waiting.removeValue(forKey: id) }) else { return }
        waiterCount.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        waiter.continuation.resume()
    }

    private func resumeIdleWaiters() {
        let idle = waiters.withLock { waiters in
            waiters.waiting.filter { snapshot(of: $0.value.kinds).isIdle }.keys
        }
        for id in idle { resume(id) }
    }
}
