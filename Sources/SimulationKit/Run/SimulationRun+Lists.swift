import Bookings

// Walks over lists, and partitions of them.

extension SimulationRun {
    /// Reads a list page by page by its cursors, with other operations between the pages, and records the walk.
    func walk(_ list: String, limit: Int, between: [Operation], by operation: Operation) async throws {
        let before = certainRows(in: list, operation.caller, at: await cluster.now)
        var insertions = between[...]
        var shown: [SortKey] = []
        var certain: [BookingID] = []
        var path = "\(list)\(list.contains("?") ? "&" : "?")limit=\(limit)"
        var hasEnded = false
        var inserts = 0
        var hasInserted = false
        var page = 0
        var progress = WalkProgress()
        // The list may hold more than the bookings of this run.
        while progress.goesOn {
            guard let answer = await get(path, operation, "\(operation.name)/\(page)"), answer.status == 200,
                let json = answer.json, let rows = json.rows
            else {
                // A walk proves nothing if a fault prevented a page.
                if await cluster.mayFail { return note(["list": list, "op": operation.name, "rows": "broken off"]) }
                break
            }
            page += 1
            progress.add(rows)
            shown += rows.map { SortKey(instant: $0.start, id: $0.id) }
            if hasInserted { inserts += 1 }
            certain += rows.filter { !participants.isRacy($0.provider) }.map(\.id)
            guard let cursor = json["meta"]?["next_cursor"]?.string else {
                hasEnded = true
                break
            }
            hasInserted = false
            if let next = insertions.popFirst(), let call = await send(next, race: .none) {
                hasInserted = call.kind == .create && call.isSuccess && !call.isReplay
            }
            path = "\(list)\(list.contains("?") ? "&" : "?")limit=\(limit)&cursor=\(cursor)"
        }
        let after = certainRows(in: list, operation.caller, at: await cluster.now)
        history.walks.append(
            History.Walk(
                list: list, shown: shown, descending: list.hasPrefix("/bookings/past"),
                presentThroughout: before.intersection(after), hasEnded: hasEnded, inserts: inserts))
        note(["list": list, "op": operation.name, "rows": certain.map(\.description).joined(separator: " ")])
    }

    /// Whether a walk still shows rows that it has not shown before: a list is finite, and a walk that repeats itself has
    /// no end.
    private struct WalkProgress {
        private var seen: Set<SortKey> = []
        private(set) var goesOn = true

        mutating func add(_ rows: [History.Row]) {
            let before = seen.count
            seen.formUnion(rows.lazy.map { SortKey(instant: $0.start, id: $0.id) })
            goesOn = seen.count > before
        }
    }

    /// Sends a GET request as the operation's caller; `nil` when no replica runs.
    func get(_ path: String, _ operation: Operation, _ id: String) async -> History.Exchange? {
        guard let endpoint = await cluster.endpoint(operation.replica) else { return nil }
        return await exchange("GET", path, by: operation.caller, at: endpoint, id: id)
    }

    /// The bookings that are certainly in a list now.
    private func certainRows(in list: String, _ caller: Caller, at now: Timestamp) -> Set<BookingID> {
        let path = list.prefix { $0 != "?" }
        let rows = self.bookings.values.filter { row in
            guard participants.sees(caller, row), !participants.isRacy(row.provider) else { return false }
            switch path {
            case "/bookings/upcoming": return row.status.isListed && row.end > now
            case "/bookings/past": return row.status.isListed && row.end <= now
            default: return true
            }
        }
        // A booking that is rescheduled during the walk may be met at either of its times, or at none.
        return Set(rows.filter { row in !moved.contains(row.id) }.map(\.id))
    }

    private var moved: Set<BookingID> {
        Set(history.calls.lazy.filter { $0.kind == .act(.reschedule) }.compactMap(\.booking))
    }

    /// How far the clock of a deployed service may differ from this machine's.
    private static let clockDifference = Duration.seconds(2)

    /// Reads upcoming and past as a whole, and records them with what the whole list at the same instant implies.
    func partition(by operation: Operation) async throws {
        let now = await cluster.now
        let all = await everything("/bookings", operation)
        let upcoming = await everything("/bookings/upcoming", operation)
        let past = await everything("/bookings/past", operation)
        // Where time passes by itself, a booking that ends meanwhile may be in either list.
        let margin = target == nil ? Duration.zero : Self.clockDifference
        let (from, until) = (now - margin, await cluster.now + margin)
        let isUnsure = { (row: History.Row) in row.end > from && row.end <= until }
        func ids(_ rows: [History.Row]) -> Set<BookingID> { Set(rows.filter { !isUnsure($0) }.map(\.id)) }
        let listed = all.filter(\.status.isListed)
        history.partitions.append(
            History.Partition(
                instant: now, upcoming: ids(upcoming), past: ids(past),
                expectedUpcoming: ids(listed.filter { $0.end > now }),
                expectedPast: ids(listed.filter { $0.end <= now })))
        note([
            "at": RFC3339.string(now), "op": operation.name,
            "past": "\(past.count { !participants.isRacy($0.provider) })",
            "upcoming": "\(upcoming.count { !participants.isRacy($0.provider) })",
        ])
    }

    /// Reads a list to its end. A deployed service holds the bookings of others, which change meanwhile: there the lists
    /// of this run's providers are read.
    private func everything(_ list: String, _ operation: Operation) async -> [History.Row] {
        guard target != nil, operation.caller == .admin else { return await everything("\(list)?", list, operation) }
        var rows: [History.Row] = []
        for provider in participants.providers {
            rows += await everything("\(list)?provider_id=\(provider)&", list, operation)
        }
        return rows
    }

    private func everything(_ query: String, _ list: String, _ operation: Operation) async -> [History.Row] {
        var rows: [History.Row] = []
        for page in 1...1000 {
            let path = "\(query)limit=100&page=\(page)"
            let answer = await get(path, operation, "\(operation.name)\(list)/\(page)")
            guard answer?.status == 200, let new = answer?.json?.rows else {
                if await !cluster.mayFail {
                    history.unservedReads.append(
                        "\(path) was answered \(answer?.status.map { "with \($0)" } ?? "not at all")")
                }
                break
            }
            rows += new
            if new.count < 100 { break }
        }
        return rows
    }
}

extension Participants {
    /// Whether the booking is in the caller's lists.
    func sees(_ caller: Caller, _ row: History.Row) -> Bool {
        switch caller {
        case .admin: true
        case .customer: row.customer == caller.description
        case .provider(let number): row.provider == providers[number]
        case .world: false
        }
    }
}
