import Bookings

/// Acknowledged writes that the database lacks, and refused ones that it holds.
enum Durability {
    static func find(_ history: History) -> [Finding] {
        lost(history) + contradicted(history) + doneThoughRefused(history)
    }

    private static func lost(_ history: History) -> [Finding] {
        let firstSent = Dictionary(
            history.calls.filter { $0.isWrite && ($0.isSuccess || $0.isUnknown) }.map { ($0.request, $0.sent) },
            uniquingKeysWith: min)
        return history.calls.compactMap { call in
            guard call.isWrite, call.isSuccess, let row = call.row else { return nil }
            guard let what = fault(of: call, row, history.finals[row.id], firstSent) else { return nil }
            return Finding(
                "\(call.request) was acknowledged with version \(row.version) of \(row.id), \(what)", booking: row.id,
                at: call.at)
        }
    }

    private static func fault(
        of call: History.Call, _ row: History.Row, _ final: History.Final?, _ firstSent: [String: Int]
    ) -> String? {
        guard let final else { return "which does not exist" }
        if final.row.version < row.version { return "which has version \(final.row.version)" }
        if call.isReplay || final.requests.contains(call.request) { return nil }
        // A repeat of an action changes nothing: another request made the version, and did not come after it.
        guard call.kind != .create, final.requests.indices.contains(row.version - 1),
            let sent = firstSent[final.requests[row.version - 1]], sent < call.answered
        else { return "whose history does not name it" }
        return nil
    }

    /// Two acknowledgements of one version that differ, or one that differs from the database.
    private static func contradicted(_ history: History) -> [Finding] {
        var rows: [VersionKey: History.Row] = [:]
        for (id, final) in history.finals { rows[VersionKey(booking: id, version: final.row.version)] = final.row }
        return history.calls.compactMap { call in
            guard call.isWrite, call.isSuccess, let row = call.row else { return nil }
            let key = VersionKey(booking: row.id, version: row.version)
            guard let known = rows.updateValue(rows[key] ?? row, forKey: key), known != row else { return nil }
            return Finding(
                "\(call.request) was acknowledged with a version \(row.version) of \(row.id) that is not what it is",
                booking: row.id, at: call.at)
        }
    }

    /// Contenders that are alike share a request's id: it is refused when all of them were.
    private static func doneThoughRefused(_ history: History) -> [Finding] {
        var refused = Set(history.calls.filter { $0.isWrite && $0.isRefused }.map(\.request))
        refused.subtract(history.calls.filter { $0.isSuccess || $0.isUnknown }.map(\.request))
        return history.finals.sorted { $0.key < $1.key }.compactMap { id, final in
            guard let request = final.requests.first(where: refused.contains) else { return nil }
            return Finding("\(request) was refused, and stands in the history of \(id)", booking: id)
        }
    }
}

extension History.Call {
    /// The client's fault: nothing was done.
    fileprivate var isRefused: Bool { status.map { (400..<500).contains($0) } ?? false }
}
