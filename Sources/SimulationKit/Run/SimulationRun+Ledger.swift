import Bookings

extension SimulationRun {
    /// Reads the ledger of reminders. A deployed service of an earlier release has none.
    func readLedger(_ operation: Operation) async {
        var rows: [History.LedgerRow] = []
        var path: String? = "/reminders?limit=100"
        while let page = path {
            guard let answer = await get(page, operation, "ledger"), answer.status == 200, let json = answer.json,
                case .array(let entries)? = json["data"]
            else { return }
            rows += entries.map(History.LedgerRow.init)
            path = json["meta"]?["next_cursor"]?.string.map { "/reminders?limit=100&cursor=\($0)" }
            // A ledger that repeats itself is checked as it is, not followed forever.
            if rows.count > 100_000 { break }
        }
        history.ledger = rows
    }
}

extension History.LedgerRow {
    /// Reads a reminder as `GET /reminders` returns it.
    init(_ json: JSONValue) {
        self.init(
            event: json["event_id"]?.string ?? "", booking: json.identifier("booking_id"),
            outcome: json["outcome"]?.string ?? "", recordedAt: json.instant("recorded_at"))
    }
}
