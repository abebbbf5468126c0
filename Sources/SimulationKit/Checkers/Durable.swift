import Bookings

extension Checker {
    /// Compares every acknowledged and every refused write with the database as it was read after the run. Writes
    /// without a known outcome may have been executed or not.
    static let durable = Checker(
        "durable", "Every acknowledged write is in the database, and no refused write is."
    ) { lost($0) + contradicted($0) + executedThoughRefused($0) }
}

/// Acknowledged writes that the final state does not contain.
private func lost(_ history: History) -> [Anomaly] {
    let firstSent = Dictionary(
        history.calls.filter { $0.isWrite && ($0.isSuccess || $0.hasUnknownOutcome) }.map { ($0.request, $0.sent) },
        uniquingKeysWith: min)
    return history.calls.compactMap { call in
        guard call.isWrite, call.isSuccess, let row = call.row,
            let problem = problem(with: call, row, history.finalStates[row.id], firstSent)
        else { return nil }
        return Anomaly(
            "\(call.request) was acknowledged with version \(row.version) of \(row.id), \(problem)",
            booking: row.id, at: call.at)
    }
}

/// Returns how the final state contradicts an acknowledged write, or `nil` when it contains it.
private func problem(
    with call: History.Call, _ row: History.Row, _ final: History.FinalState?, _ firstSent: [String: Int]
) -> String? {
    guard let final else { return "which does not exist" }
    if final.row.version < row.version { return "but the database has version \(final.row.version)" }
    if call.isReplay || final.requests.contains(call.request) { return nil }
    // A repeated action changes nothing: another request, sent before this answer, made the version.
    guard call.kind != .create, final.requests.indices.contains(row.version - 1),
        let sent = firstSent[final.requests[row.version - 1]], sent < call.answered
    else { return "but the booking's history does not name the request" }
    return nil
}

/// Acknowledgements of one version that differ from each other or from the database.
private func contradicted(_ history: History) -> [Anomaly] {
    var rows: [VersionKey: History.Row] = [:]
    for (id, final) in history.finalStates { rows[VersionKey(booking: id, version: final.row.version)] = final.row }
    return history.calls.compactMap { call in
        guard call.isWrite, call.isSuccess, let row = call.row else { return nil }
        // The first row of a version is kept: that of the database if it is the newest version, else the first answer.
        let key = VersionKey(booking: row.id, version: row.version)
        guard let known = rows.updateValue(rows[key] ?? row, forKey: key), known != row else { return nil }
        return Anomaly(
            "\(call.request) was acknowledged with a version \(row.version) of \(row.id) that differs from another "
                + "answer or from the database",
            booking: row.id, at: call.at)
    }
}

/// Contenders that are alike share a request id, which counts as refused when all of them were.
private func executedThoughRefused(_ history: History) -> [Anomaly] {
    var refused = Set(history.calls.filter { $0.isWrite && isRefused($0) }.map(\.request))
    refused.subtract(history.calls.filter { $0.isSuccess || $0.hasUnknownOutcome }.map(\.request))
    return history.finalStates.sorted { $0.key < $1.key }.compactMap { id, final in
        guard let request = final.requests.first(where: refused.contains) else { return nil }
        return Anomaly("\(request) was refused but is in the history of \(id)", booking: id)
    }
}

/// Whether the answer has a 4xx status: nothing was changed.
private func isRefused(_ call: History.Call) -> Bool { call.status.map { (400..<500).contains($0) } ?? false }
