import Bookings

// The event log as an admin reads it.

extension SimulationRun {
    /// Whether the service forgets events before the end of the run, so that the log has to be read meanwhile.
    /// It goes on for a while after its plan.
    private var forgetsEvents: Bool {
        .seconds(plan.settings.retentionSeconds) < .milliseconds(plan.settings.until) + .seconds(600)
    }

    /// The part of the log that was not read yet.
    var logPath: String { "/events?limit=100" + (logCursor.map { "&after=\($0)" } ?? "") }

    /// Reads the log several times while the service keeps an event, if it does not keep events until the end.
    func keepLog() async {
        guard forgetsEvents else { return }
        let now = await cluster.now
        guard logReadAt.duration(to: now) > .seconds(plan.settings.retentionSeconds) / 8 else { return }
        if await readNewEvents() { logReadAt = now }
    }

    /// Reads the log to its end while the run goes on. Returns whether it could be read.
    @discardableResult
    func readNewEvents() async -> Bool {
        while true {
            guard let endpoint = await cluster.endpoint(0) else { return false }
            let answer = await exchange("GET", logPath, by: .admin, at: endpoint, id: "stock")
            guard answer.status == 200, let json = answer.json else { return false }
            guard appendPage(json) else { return true }
        }
    }

    /// Adds a page of events to the log. Returns whether there may be more.
    func appendPage(_ json: JSONValue) -> Bool {
        guard case .array(let events)? = json["data"], !events.isEmpty, let next = json["meta"]?["next"]?.string else {
            return false
        }
        history.log += events.map(History.LogEntry.init)
        // A log whose cursor does not advance is checked as it is, not followed forever.
        defer { logCursor = next }
        return next != logCursor
    }

    /// Whether the length of the log is known without reading it.
    var hasDenseLog: Bool { plan.settings.world != .remote && plan.settings.stores == .embedded }

    /// Returns the number of events in the whole log, of which an admin can read `count`.
    func logLength(_ count: Int) async throws -> Int {
        if hasDenseLog { return try await cluster.logLength() }
        guard forgetsEvents else { return count }
        await readNewEvents()
        return history.log.count
    }
}
