import Bookings

/// A kind of operation that a run can leave out (swarm testing: Groce et al., "Swarm testing", ISSTA 2012). What is done
/// everywhere hides what happens only without it.
package enum OperationKind: String, Codable, CaseIterable, Sendable {
    case confirm, decline, cancel, reschedule, complete
    case noShow = "no-show"
    case read, revalidate, probe, history, list, walk, partition, listen, follow
    case flawedToken = "flawed-token"
    case presentKey = "present-key"
    case webhook
}

extension Operation {
    /// `nil` for a create, a rotation of keys and a fault, which no run leaves out.
    var kind: OperationKind? {
        switch verb {
        case .create, .publishKeys, .fault: nil
        case .act(_, let action, _, _, _, _): action.kind
        case .read: .read
        case .revalidate: .revalidate
        case .probe: .probe
        case .history: .history
        case .list: .list
        case .walk: .walk
        case .partition: .partition
        case .listen: .listen
        case .follow: .follow
        case .flawedToken: .flawedToken
        case .presentKey: .presentKey
        case .webhook: .webhook
        }
    }
}

extension ActionName {
    fileprivate var kind: OperationKind? {
        switch self {
        case .create: nil
        case .confirm: .confirm
        case .decline: .decline
        case .cancel: .cancel
        case .reschedule: .reschedule
        case .complete: .complete
        case .noShow: .noShow
        }
    }
}

extension Plan {
    /// Returns the plan without the operations of some kinds.
    func leavingOut(_ kinds: [OperationKind]) -> Plan {
        guard !kinds.isEmpty else { return self }
        var plan = self
        for index in plan.steps.indices {
            plan.steps[index].operations.removeAll { $0.kind.map(kinds.contains) ?? false }
        }
        plan.steps.removeAll(where: \.operations.isEmpty)
        return plan
    }
}
