import Bookings

// What has happened so far, and what the checkers find in it.

extension ServedCluster {
    /// What all checkers find in what has happened since the beginning or the last reset.
    package struct Report: Sendable {
        package let now: Timestamp
        /// One for each checker, in the order of `Checkers.all`.
        package let verdicts: [ServedVerdict]
        let bookings: Int
        let events: Int
    }

    /// A page of bookings, each with its versions and its events.
    struct HistoryPage: Sendable {
        let bookings: [JSONValue]
        /// The cursor of the next page; `nil` behind the last.
        let next: String?
    }

    /// Judges the event log, the ledger of reminders and the bookings.
    ///
    /// - Throws: `ServeError` when they cannot be read, or are more than are kept.
    package func check() async throws -> Report {
        try await exclusively { try await self.judge() }
    }

    private func judge() async throws -> Report {
        let history = try await collect()
        let hindrance =
            faults.isEmpty ? nil : "it is judged when no fault lasts: \(activeFaults.joined(separator: ", "))"
        let verdicts = Checkers.all.map { checker in
            ServedVerdict(
                of: checker, on: history, hindrance: checker.name == Checker.converge.name ? hindrance : nil)
        }
        return Report(
            now: history.endedAt, verdicts: verdicts, bookings: history.finalStates.count, events: history.log.count)
    }

    /// The name of the listener that reads the log whenever something was added.
    fileprivate static let reader = "simulator"

    private func collect() async throws -> History {
        var history = History()
        let plan = options.plan
        history.leads = plan.settings.leads.map { .milliseconds($0) }
        history.retention = .seconds(plan.settings.retentionSeconds)
        history.replicas = options.ports.count
        history.begunAt = options.begin
        history.convergenceFailures = await convergenceFailures()
        history.endedAt = await cluster.now
        guard try await readEvents() else { throw ServeError.noReplicaAnswers }
        guard !record.events.hasDropped else { throw ServeError.tooMuchToJudge(ServedRecord.capacity) }
        history.log = record.events.elements.map { History.LogEntry($0.json) }
        history.listeners[Self.reader] = History.Listener(caller: .admin, startPosition: 0, startedAt: options.begin)
        history.frames = record.events.elements.enumerated().map { History.Frame($0.element, sequence: $0.offset) }
        history.ledger = try await readAll("/reminders", most: ServedRecord.capacity).map(History.LedgerRow.init)
        for row in try await readAll("/bookings", most: ServedRecord.capacity).compactMap(History.Row.init) {
            history.finalStates[row.id] = History.FinalState(row: row, requests: [])
        }
        history.faultPeriods = await cluster.windows.periods
        history.crashes = await cluster.crashes
        return history
    }

    private func convergenceFailures() async -> [String] {
        do { try await cluster.rest() } catch { return ["\(error)"] }
        guard faults.isEmpty else { return [] }
        var failures: [String] = []
        for number in options.ports.indices {
            let answer = await health(of: number)
            guard answer?.status != 200 else { continue }
            failures.append("replica \(number) is not ready: \(answer?.text ?? "it does not run")")
        }
        return failures
    }

    /// Returns a page of bookings as `GET /bookings` lists them, each with its versions and its events.
    func history(after cursor: String?, limit: Int) async throws -> HistoryPage {
        try await exclusively { try await self.readHistory(after: cursor, limit: limit) }
    }

    private func readHistory(after cursor: String?, limit: Int) async throws -> HistoryPage {
        guard cursor?.allSatisfy(\.isCursorCharacter) ?? true else { throw ServeError.wrongCursor }
        guard try await readEvents() else { throw ServeError.noReplicaAnswers }
        let events = Dictionary(grouping: record.events.elements.map(\.json)) { event in
            (event["data"]?["booking_id"] ?? event["data"]?["id"])?.string
        }
        let path = "/bookings?limit=\(limit)" + (cursor.map { "&cursor=\($0)" } ?? "")
        guard let json = try await get(path), case .array(let rows)? = json["data"] else {
            throw ServeError.noReplicaAnswers
        }
        var bookings: [JSONValue] = []
        for row in rows {
            guard let id = row["id"]?.string else { continue }
            let versions = try await get("/bookings/\(id)/history")?["data"] ?? .array([])
            bookings.append(
                .object([
                    JSONMember(name: "booking", value: row),
                    JSONMember(name: "events", value: .array(events[id] ?? [])),
                    JSONMember(name: "versions", value: versions),
                ]))
        }
        return HistoryPage(bookings: bookings, next: json["meta"]?["next_cursor"]?.string)
    }

    /// Returns the events from this number on, as the event stream has them.
    func events(after number: Int, limit: Int) async throws -> BoundedLog<ServedRecord.SeenEvent>.Page {
        try await exclusively {
            // While no replica answers, what was read before is all there is.
            _ = try await self.readEvents()
            return await self.record.events.page(from: number, limit: limit)
        }
    }

    /// Returns the lines of the trace from this number on.
    func traceLines(after number: Int, limit: Int) -> BoundedLog<String>.Page {
        record.lines.page(from: number, limit: limit)
    }
}

extension History.Frame {
    /// The event as the reader of the log saw it.
    fileprivate init(_ seen: ServedRecord.SeenEvent, sequence: Int) {
        let entry = History.LogEntry(seen.json)
        self.init(
            socket: ServedCluster.reader, connection: 1, name: entry.name, event: entry.event, booking: entry.booking,
            start: entry.start, lead: entry.lead, isLate: seen.json["data"]?["late"] == .bool(true),
            version: entry.version, occurredAt: entry.occurredAt, receivedAt: seen.at, sequence: sequence,
            payload: entry.payload ?? "")
    }
}

extension Character {
    /// Whether it occurs in cursors, which are base64url with dots.
    fileprivate var isCursorCharacter: Bool { isASCII && (isLetter || isNumber || "-_.~=".contains(self)) }
}
