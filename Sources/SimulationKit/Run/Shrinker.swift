import Bookings

/// Shrinks a failing plan: removes operations as long as the same invariant is violated.
package struct Shrinker {
    private let plan: Plan
    private let invariant: String
    /// Whether a run of the plan violates the invariant.
    private let isViolated: (Plan) async -> Bool
    private let report: (String) -> Void

    package init(
        plan: Plan, invariant: String, isViolated: @escaping (Plan) async -> Bool,
        report: @escaping (String) -> Void = { _ in }
    ) {
        self.plan = plan
        self.invariant = invariant
        self.isViolated = isViolated
        self.report = report
    }

    /// Whether the candidate fails for the same reason: one that leaves more faults unhealed would fail by those.
    private func fails(_ candidate: Plan) async -> Bool {
        guard candidate.unhealedFaults <= plan.unhealedFaults else { return false }
        return await isViolated(candidate)
    }

    /// A failure that depends on a race does not show in every run: so many rounds must remove nothing before the end.
    private static let maximumFruitlessRounds = 2

    /// Returns the smallest plan found when two rounds in succession removed nothing, or at the deadline.
    package func shrink(until deadline: ContinuousClock.Instant) async -> Plan {
        var best = plan
        var fruitless = 0
        while fruitless < Self.maximumFruitlessRounds, ContinuousClock.now < deadline {
            let smaller = await thin(await round(best, until: deadline), until: deadline)
            fruitless = smaller.size < best.size ? 0 : fruitless + 1
            best = smaller
        }
        return await shorten(await dropSkipped(best))
    }

    /// Removes the operations on bookings that nothing creates any more: a run skips them.
    private func dropSkipped(_ plan: Plan) async -> Plan {
        var candidate = plan
        let labels = Set(plan.operations.compactMap(\.createdLabel))
        for index in candidate.steps.indices {
            candidate.steps[index].operations.removeAll { $0.usedLabel.map { !labels.contains($0) } ?? false }
        }
        candidate.steps.removeAll(where: \.operations.isEmpty)
        guard candidate != plan, await fails(candidate) else { return plan }
        return candidate
    }

    /// Removes halves of the steps, then smaller and smaller chunks, down to single steps.
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

    /// Removes single operations of the steps that are left.
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

    /// Lets the run end soon after its last step.
    private func shorten(_ plan: Plan) async -> Plan {
        guard let last = plan.steps.last?.at else { return plan }
        var candidate = plan
        candidate.settings.until = min(plan.settings.until, last + 4 * PlanBuilder.hour)
        return await fails(candidate) ? candidate : plan
    }
}

extension Operation {
    fileprivate var createdLabel: String? {
        if case .create(let label, _, _, _, _) = verb { label } else { nil }
    }

    fileprivate var usedLabel: String? {
        switch verb {
        case .act(let label, _, _, _, _, _), .read(let label), .revalidate(let label, _), .history(let label): label
        case .create, .probe, .list, .walk, .partition, .listen, .follow, .flawedToken, .presentKey, .publishKeys,
            .webhook, .fault:
            nil
        }
    }
}
