import Bookings

// Walks over lists, partitions, and the stock that is taken at the end.

extension SimulationRun {
    /// Walks by cursor from the first page to the end.
    func walk(_ list: String, limit: Int, between: [Operation], by operation: Operation) async throws {
        let before = standing(in: list, operation.caller, at: await cluster.now)
        var others = between[...]
        var shown: [SortKey] = []
        var certain: [BookingID] = []
        var path = "\(list)\(list.contains("?") ? "&" : "?")limit=\(limit)"
        var hasEnded = false
        var inserts = 0
        var hasInserted = false
        // One that shows more pages than there are bookings does not end.
        for page in 0...known.count + between.count {
            guard let answer = await get(path, operation, "\(operation.name)/\(page)"), answer.status == 200,
                let json = try? JSONValue.parse(Array(answer.text.utf8)), let rows = json.rows
            else {
                // Nothing follows from a walk on which a fault keeps a page from coming.
                if await cluster.isAmiss { return note(["list": list, "op": operation.name, "rows": "broken off"]) }
                break
            }
            shown += rows.map { SortKey(instant: $0.start, id: $0.id) }
            if hasInserted { inserts += 1 }
            certain += rows.filter { !cast.isRacy($0.provider) }.map(\.id)
            guard let cursor = json["meta"]?["next_cursor"]?.string else {
                hasEnded = true
                break
            }
            hasInserted = false
            if let next = others.popFirst(), let call = await ask(next, race: .none) {
                hasInserted = call.kind == .create && call.isSuccess && !call.isReplay
            }
            path = "\(list)\(list.contains("?") ? "&" : "?")limit=\(limit)&cursor=\(cursor)"
        }
        let after = standing(in: list, operation.caller, at: await cluster.now)
        history.walks.append(
            History.Walk(
                list: list, shown: shown, descending: list.hasPrefix("/bookings/past"),
                presentThroughout: before.intersection(after), hasEnded: hasEnded, inserts: inserts))
        note(["list": list, "op": operation.name, "rows": certain.map(\.description).joined(separator: " ")])
    }

    private func get(_ path: String, _ operation: Operation, _ id: String) async -> WebClient.Answer? {
        guard let door = await cluster.door(operation.replica) else { return nil }
        return await web.send(
            "GET", door.address.url + path, token: cast.token(of: operation.caller), requestID: id)
    }

    /// The rows that certainly stand in a list now, each at its times.
    private func standing(in list: String, _ caller: Caller, at now: Timestamp) -> Set<BookingID> {
        let path = list.prefix { $0 != "?" }
        let rows = known.values.filter { row in
            guard cast.sees(caller, row), !cast.isRacy(row.provider) else { return false }
            switch path {
            case "/bookings/upcoming": return row.status.isListed && row.end > now
            case "/bookings/past": return row.status.isListed && row.end <= now
            default: return true
            }
        }
        // A booking that is moved while the walk goes on may be met at either place, or at none.
        return Set(rows.filter { row in !moved.contains(row.id) }.map(\.id))
    }

    private var moved: Set<BookingID> {
        Set(history.calls.lazy.filter { $0.kind == .act(.reschedule) }.compactMap(\.booking))
    }

    /// Upcoming and past as a whole, held against the whole list at the same instant.
    func partition(by operation: Operation) async throws {
        let now = await cluster.now
        let all = await everything("/bookings", operation)
        let upcoming = await everything("/bookings/upcoming", operation)
        let past = await everything("/bookings/past", operation)
        let listed = all.filter(\.status.isListed)
        history.partitions.append(
            History.Partition(
                instant: now, upcoming: Set(upcoming.map(\.id)), past: Set(past.map(\.id)),
                expectedUpcoming: Set(listed.filter { $0.end > now }.map(\.id)),
                expectedPast: Set(listed.filter { $0.end <= now }.map(\.id))))
        note([
            "at": RFC3339.string(now), "op": operation.name,
            "past": "\(past.count { !cast.isRacy($0.provider) })",
            "upcoming": "\(upcoming.count { !cast.isRacy($0.provider) })",
        ])
    }

    private func everything(_ list: String, _ operation: Operation) async -> [History.Row] {
        var rows: [History.Row] = []
        for page in 1...1000 {
            let path = "\(list)?limit=100&page=\(page)"
            guard let answer = await get(path, operation, "\(operation.name)\(list)/\(page)"),
                let new = (try? JSONValue.parse(Array(answer.text.utf8)))?.rows
            else { break }
            rows += new
            if new.count < 100 { break }
        }
        return rows
    }

    // MARK: - The end

    /// What the database holds, and whether all is well again.
    func takeStock() async throws {
        let stock = Operation(name: "stock", caller: .admin, verb: .partition)
        for number in 0..<plan.settings.replicas { await checkReady(number) }
        await readLog(stock)
        var bookings: [History.Row] = []
        var path = "/bookings?limit=100"
        while let json = await read(path, stock), let rows = json.rows {
            bookings += rows
            guard let cursor = json["meta"]?["next_cursor"]?.string else { break }
            path = "/bookings?limit=100&cursor=\(cursor)"
        }
        try await readHistories(of: bookings, stock)
        let written = Set(history.finalStates.values.flatMap(\.requests))
        for one in unanswered where written.contains(one.request) {
            // One that died while it ended did not end in order.
            if await !cluster.isDying(one.replica, life: one.life) { history.unansweredAtShutdown.append(one.request) }
        }
    }

    /// By now nothing is wrong any more: what gets no answer (the machine may have stood still) is asked once more.
    private func read(_ path: String, _ stock: Operation) async -> JSONValue? {
        for _ in 0..<3 {
            guard let answer = await get(path, stock, "stock"), answer.status != nil else { continue }
            return try? JSONValue.parse(Array(answer.text.utf8))
        }
        return nil
    }

    private func checkReady(_ number: Int) async {
        guard let door = await cluster.door(number), door.replica == number else {
            return history.convergenceFailures.append("replica \(number) did not come back")
        }
        let answer = await web.send("GET", door.address.url + "/health/ready", token: nil)
        if answer.status != 200 { history.convergenceFailures.append("replica \(number) is not ready: \(answer.text)") }
    }

    private func readLog(_ stock: Operation) async {
        var path = "/events?limit=100"
        while let json = await read(path, stock), case .array(let events)? = json["data"], !events.isEmpty,
            let next = json["meta"]?["next"]?.string
        {
            history.log += events.map(History.LogEntry.init)
            let onwards = "/events?limit=100&after=\(next)"
            // A log that leads nowhere is judged, not followed for ever.
            if onwards == path { break }
            path = onwards
        }
    }

    private func readHistories(of bookings: [History.Row], _ stock: Operation) async throws {
        try await withThrowingTaskGroup(of: (History.Row, [String]).self) { group in
            var rest = bookings[...]
            func add() {
                guard let row = rest.popFirst() else { return }
                group.addTask {
                    let json = await self.read("/bookings/\(row.id)/history", stock)
                    guard case .array(let entries)? = json?["data"] else { return (row, []) }
                    return (row, entries.compactMap { $0["request_id"]?.string })
                }
            }
            for _ in 0..<16 { add() }
            while let (row, requests) = try await group.next() {
                history.finalStates[row.id] = History.FinalState(row: row, requests: requests)
                add()
            }
        }
    }
}

extension History.LogEntry {
    /// An event as `GET /events` shows it.
    init(_ json: JSONValue) {
        let data = json["data"] ?? .null
        self.init(
            event: data["event"]?["id"]?.string ?? "", name: json["name"]?.string ?? "",
            booking: data.identifier(json["name"]?.string == EventName.reminder.rawValue ? "booking_id" : "id"),
            provider: data.identifier("provider_id"), customer: data["customer_id"]?.string,
            start: data.instant("start_time") ?? .earliest, version: data.integer("version"), lead: data.lead,
            occurredAt: data["event"]?.instant("occurred_at") ?? .earliest)
    }
}

extension Participants {
    /// Whether the caller's lists hold the booking.
    func sees(_ caller: Caller, _ row: History.Row) -> Bool {
        switch caller {
        case .admin: true
        case .customer: row.customer == caller.description
        case .provider(let number): row.provider == providers[number]
        case .world: false
        }
    }
}
