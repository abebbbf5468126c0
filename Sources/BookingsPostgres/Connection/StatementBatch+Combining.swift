extension StatementBatch {
    /// Combines requests into as few statements as possible: lookups of the same statement, and writes that touch
    /// different rows. Writes that touch the same rows keep their order.
    static func combining(_ requests: [StatementRequest]) -> [StatementBatch] {
        var writes = WriteGroups()
        var lookups: [(lookups: [BatchedLookup], requests: [StatementRequest])] = []
        var singles: [StatementBatch] = []
        for request in requests {
            switch request.work {
            case .write(let write) where !request.isIsolated: writes.add(write, request)
            case .lookup(let lookup) where !request.isIsolated:
                // Few statements are in use at once: a search is cheaper than a dictionary.
                let name = lookup.statement.name
                let index = lookups.firstIndex { $0.lookups[0].statement.name == name } ?? lookups.count
                if index == lookups.count { lookups.append(([], [])) }
                lookups[index].lookups.append(lookup)
                lookups[index].requests.append(request)
            case .statement, .lookup, .write: singles.append(StatementBatch(request))
            }
        }
        return writes.batches + lookups.map { StatementBatch(lookups: $0.lookups, requests: $0.requests) } + singles
    }
}

/// Writes in groups that are sent one after the other; within a group no two touch the same row.
private struct WriteGroups {
    private var groups: [(writes: [WriteColumns], requests: [StatementRequest])] = []
    /// For each row the first group that comes after all writes to it.
    private var firstFreeGroup: [String: Int] = [:]

    var batches: [StatementBatch] {
        groups.map { StatementBatch(writes: $0.writes, requests: $0.requests) }
    }

    mutating func add(_ write: WriteColumns, _ request: StatementRequest) {
        let group = write.subjects.map { firstFreeGroup[$0] ?? 0 }.max() ?? 0
        if group == groups.count { groups.append(([], [])) }
        groups[group].writes.append(write)
        groups[group].requests.append(request)
        for subject in write.subjects { firstFreeGroup[subject] = group + 1 }
    }
}
