import Bookings

extension SimulationRun {
    /// Records the log, the bookings and their histories after the last heal, and whether every replica is ready again.
    ///
    /// When they cannot be read, the run has no verdict about them: it did not converge.
    func collectFinalState() async throws {
        let operation = Operation(name: "stock", caller: .admin, verb: .partition)
        for number in 0..<plan.settings.replicas { await checkReady(number) }
        await followAll()
        await readMetrics()
        do {
            try await readLog(operation)
            await readLedger(operation)
            try await readHistories(of: try await readBookings(operation), operation)
        } catch let error as Unreadable {
            history.convergenceFailures.append(error.description)
            history.log = []
            history.finalStates = [:]
            return await abort()
        }
        let written = Set(history.finalStates.values.flatMap(\.requests))
        for (request, replica, life) in unanswered where written.contains(request) {
            // A replica that died while it was ending did not end in order.
            if await !cluster.isDying(replica, life: life) { history.unansweredAtShutdown.append(request) }
        }
    }

    /// A resource could not be read although no fault is active any more.
    private struct Unreadable: Error, CustomStringConvertible {
        let path: String
        let status: Int?

        var description: String {
            "\(path) could not be read after the last heal: \(status.map { "status \($0)" } ?? "no answer")"
        }
    }

    /// How often a resource is read until it is answered with 200. The machine may have stood still.
    private static let attempts = 5

    private func read(_ path: String, _ operation: Operation) async throws -> JSONValue {
        var status: Int?
        for attempt in 0..<Self.attempts {
            if attempt > 0 { try await Task.sleep(for: .milliseconds(100 << attempt)) }
            let answer = await get(path, operation, "stock")
            status = answer?.status
            if status == 200, let json = answer?.json { return json }
        }
        throw Unreadable(path: path, status: status)
    }

    private func readBookings(_ operation: Operation) async throws -> [History.Row] {
        var bookings: [History.Row] = []
        var seen: Set<BookingID> = []
        var path: String? = "/bookings?limit=100"
        while let page = path {
            let json = try await read(page, operation)
            let new = (json.rows ?? []).filter { seen.insert($0.id).inserted }
            // A list that repeats itself is checked as it is, not followed forever.
            if new.isEmpty { break }
            bookings += new
            path = json["meta"]?["next_cursor"]?.string.map { "/bookings?limit=100&cursor=\($0)" }
        }
        return bookings
    }

    private func checkReady(_ number: Int) async {
        guard let endpoint = await cluster.endpoint(number), endpoint.replica == number else {
            return history.convergenceFailures.append("replica \(number) did not come back")
        }
        let answer = await exchange("GET", "/health/ready", by: nil, at: endpoint, id: nil)
        if answer.status != 200 { history.convergenceFailures.append("replica \(number) is not ready: \(answer.body)") }
    }

    private func readLog(_ operation: Operation) async throws {
        while try await appendPage(read(logPath, operation)) {}
    }

    private func readHistories(of bookings: [History.Row], _ operation: Operation) async throws {
        try await withThrowingTaskGroup(of: (History.Row, [String]).self) { group in
            var rest = bookings[...]
            func add() {
                guard let row = rest.popFirst() else { return }
                group.addTask {
                    let json = try await self.read("/bookings/\(row.id)/history", operation)
                    guard case .array(let entries)? = json["data"] else { return (row, []) }
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
