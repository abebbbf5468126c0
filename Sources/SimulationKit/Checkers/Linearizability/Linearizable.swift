import Bookings

extension Checker {
    /// Looks for an order of the operations on each provider, in which each answer is what the state at its place gives:
    /// the booking, the refusal with `blocking` and `next_free`, the rows of a list. A search that takes too long ends
    /// undecided.
    static let linearizable = Checker(
        "linearizable",
        "Each provider's operations have an order that explains every answer, with what is in the way and next free."
    ) { (history: History) in
        var findings = Findings()
        let partitions = ProviderPartitions(history)
        for partition in partitions.sorted {
            guard !partitions.unreadable.contains(partition.provider) else {
                findings.undecided.append("the order on \(partition.provider), whose histories were not read")
                continue
            }
            var search = LinearizationSearch(partition.operations)
            switch search.run(budget: searchBudget) {
            case .linearizable: break
            case .undecided:
                findings.undecided.append(
                    "the order of \(partition.operations.count) operations on \(partition.provider)")
            case .violated(let order, let stuck): findings.anomalies.append(anomaly(partition, order, stuck, history))
            }
        }
        return findings
    }
}

/// How many operations of one provider are tried. A run of 10,000 operations needs little more than that number; the
/// bound is on steps and not on time, so that equal histories have equal verdicts.
private let searchBudget = 500_000

/// Shows the end of the longest order, and the operations that cannot follow it.
private func anomaly(_ partition: ProviderPartition, _ order: [Int], _ stuck: [Int], _ history: History) -> Anomaly {
    let names = { (index: Int) in partition.operations[index].name }
    let prefix = order.suffix(3).map(names).joined(separator: ", ")
    let open = stuck.prefix(6).map(names).joined(separator: ", ")
    let first = stuck.first.map { partition.operations[$0] }
    return Anomaly(
        "\(order.count) of \(partition.operations.count) operations on \(partition.provider) have an order"
            + (prefix.isEmpty ? "" : ", which ends with \(prefix)") + "; next can be none of: \(open)",
        booking: first?.booking,
        at: first.flatMap { first in history.calls.first { $0.sent == first.invoked }?.at })
}

/// The operations on one provider.
struct ProviderPartition {
    let provider: ProviderID
    var operations: [ProviderOperation] = []
}

extension ProviderOperation {
    /// The booking that the operation is about.
    fileprivate var booking: BookingID? {
        switch outcome {
        case .created(let id, _), .changed(let id, _, _), .illegal(let id, _), .preconditionFailed(let id, _),
            .shown(let id, _), .versionShown(let id, _), .absent(let id):
            id
        case .conflict(let id, _, _, _): id
        case .listed, .impossible: nil
        }
    }
}
