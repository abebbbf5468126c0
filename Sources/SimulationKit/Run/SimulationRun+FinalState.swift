import Bookings

extension SimulationRun {
    /// Records the log, the bookings and their histories after the last heal, and whether every replica is ready again.
    func collectFinalState() async throws {
        let operation = Operation(name: "stock", caller: .admin, verb: .partition)
        for number in 0..<plan.settings.replicas { await checkReady(number) }
        await readLog(operation)
        var bookings: [History.Row] = []
        var path = "/bookings?limit=100"
        while let json = await read(path, operation), let rows = json.rows {
            bookings += rows
            guard let cursor = json["meta"]?["next_cursor"]?.string else { break }
            path = "/bookings?limit=100&cursor=\(cursor)"
        }
        try await readHistories(of: bookings, operation)
        let written = Set(history.finalStates.values.flatMap(\.requests))
        for (request, replica, life) in unanswered where written.contains(request) {
            // A replica that died while it was ending did not end in order.
            if await !cluster.isDying(replica, life: life) { history.unansweredAtShutdown.append(request) }
        }
    }

    /// Reads a resource. No fault is active any more; a request without an answer (the machine may have stood still) is
    /// repeated.
    private func read(_ path: String, _ operation: Operation) async -> JSONValue? {
        for _ in 0..<3 {
            guard let answer = await get(path, operation, "stock"), answer.status != nil else { continue }
            return answer.json
        }
        return nil
    }

    private func checkReady(_ number: Int) async {
        guard let endpoint = await cluster.endpoint(number), endpoint.replica == number else {
            return history.convergenceFailures.append("replica \(number) did not come back")
        }
        let answer = await exchange("GET", "/health/ready", by: nil, at: endpoint, id: nil)
        if answer.status != 200 { history.convergenceFailures.append("replica \(number) is not ready: \(answer.body)") }
    }

    private func readLog(_ operation: Operation) async {
        var path = "/events?limit=100"
        while let json = await read(path, operation), case .array(let events)? = json["data"], !events.isEmpty,
            let next = json["meta"]?["next"]?.string
        {
            history.log += events.map(History.LogEntry.init)
            let nextPath = "/events?limit=100&after=\(next)"
            // A log whose cursor does not advance is checked as it is, not followed forever.
            if nextPath == path { break }
            path = nextPath
        }
    }

    private func readHistories(of bookings: [History.Row], _ operation: Operation) async throws {
        try await withThrowingTaskGroup(of: (History.Row, [String]).self) { group in
            var rest = bookings[...]
            func add() {
                guard let row = rest.popFirst() else { return }
                group.addTask {
                    let json = await self.read("/bookings/\(row.id)/history", operation)
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
    /// Reads an event as `GET /events` returns it.
    init(_ json: JSONValue) {
        let data = json["data"] ?? .null
        self.init(
            event: data["event"]?["id"]?.string ?? "", name: json["name"]?.string ?? "",
            booking: data.identifier(json["name"]?.string == EventName.reminder.rawValue ? "booking_id" : "id"),
            provider: data.identifier("provider_id"), customer: data["customer_id"]?.string,
            start: data.instant("start_time") ?? .earliest, version: data.integer("version"), lead: data.lead,
            occurredAt: data["event"]?.instant("occurred_at") ?? .earliest, payload: data.text)
    }
}
