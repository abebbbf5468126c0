import Bookings

/// Makes a failing plan small: takes operations out as long as the same invariant stays broken.
package struct Shrinker {
    private let plan: Plan
    private let invariant: String
    /// Whether the plan still breaks the invariant.
    private let isBroken: (Plan) async -> Bool
    private let report: (String) -> Void

    package init(
        plan: Plan, invariant: String, isBroken: @escaping (Plan) async -> Bool,
        report: @escaping (String) -> Void = { _ in }
    ) {
        self.plan = plan
        self.invariant = invariant
        self.isBroken = isBroken
        self.report = report
    }

    /// A plan that leaves more unhealedFaults than the first one would fail by that.
    private func fails(_ candidate: Plan) async -> Bool {
        guard candidate.unhealedFaults <= plan.unhealedFaults else { return false }
        return await isBroken(candidate)
    }

    /// A failure by a race does not show in every run: what could not be taken out is tried again so often.
    private static let vainRounds = 2

    /// Ends when nothing can be taken out any more, in two rounds one after the other, or the deadline has come.
    package func shrink(until deadline: ContinuousClock.Instant) async -> Plan {
        var best = plan
        var vain = 0
        while vain < Self.vainRounds, ContinuousClock.now < deadline {
            let smaller = await thin(await round(best, until: deadline), until: deadline)
            vain = smaller.size < best.size ? 0 : vain + 1
            best = smaller
        }
        return await shorten(best)
    }

    /// By halves, then by less and less, down to single steps.
    private func round(_ plan: Plan, until deadline: ContinuousClock.Instant) async -> Plan {
        var best = plan
        var chunk = max(1, best.steps.count / 2)
        while ContinuousClock.now < deadline {
            let (smaller, hasShrunk) = await pass(best, chunk: chunk, until: deadline)
            best = smaller
            if chunk == 1, !hasShrunk { break }
            chunk = hasShrunk ? min(chunk, max(1, best.steps.count / 2)) : max(1, chunk / 2)
        }
        return best
    }

    /// Tries to leave out each run of so many steps.
    private func pass(
        _ plan: Plan, chunk: Int, until deadline: ContinuousClock.Instant
    ) async -> (Plan, hasShrunk: Bool) {
        var best = plan
        var hasShrunk = false
        var start = best.steps.count
        while start > 0, ContinuousClock.now < deadline {
            let from = max(0, start - chunk)
            var candidate = best
            candidate.steps.removeSubrange(from..<min(start, candidate.steps.count))
            if await fails(candidate) {
                best = candidate
                hasShrunk = true
                report("\(best.size) operations")
            }
            start = from
        }
        return (best, hasShrunk)
    }

    /// Thins out the bursts that are left.
    private func thin(_ plan: Plan, until deadline: ContinuousClock.Instant) async -> Plan {
        var best = plan
        for step in best.steps.indices {
            var operation = best.steps[step].operations.count - 1
            while operation >= 0, best.steps[step].operations.count > 1, ContinuousClock.now < deadline {
                var candidate = best
                candidate.steps[step].operations.remove(at: operation)
                if await fails(candidate) { best = candidate }
                operation -= 1
            }
        }
        return best
    }

    /// Ends the run soon after its last step.
    private func shorten(_ plan: Plan) async -> Plan {
        guard let last = plan.steps.last?.at else { return plan }
        var candidate = plan
        candidate.settings.until = min(plan.settings.until, last + 4 * PlanBuilder.hour)
        return await fails(candidate) ? candidate : plan
    }
}
