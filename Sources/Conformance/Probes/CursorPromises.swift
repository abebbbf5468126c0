import Bookings

extension Promise {
    /// What clients receive behind a cursor.
    static let cursors = [
        Promise(
            .realtime, "resume", "A socket that comes back with its cursor receives what it missed, once.",
            .isolated, probe: resumes),
        Promise(
            .realtime, "event-pages", "The pages of events are the events of the sockets.", .isolated,
            probe: pagesEvents),
        Promise(.realtime, "cursors", "A forged cursor, and one of another caller, opens nothing.", .isolated) {
            probe in
            let (provider, other) = (probe.provider(), probe.anotherProvider())
            _ = try await probe.created(provider, from: probe.tomorrow())
            let path = probe.profile.path(.events)
            let own = try await probe.send("GET", path, as: provider)
            try probe.offered(own.status == 200, "events cannot be read by REST")
            let cursor = own.json.value(at: "meta.next")?.string ?? ""
            let id = try await probe.created(provider, from: probe.tomorrow(plus: 60))
            let behind = try await probe.send("GET", "\(path)?after=\(cursor)", as: provider)
            try probe.require(behind.text.contains(id), "the event behind a cursor is not on its page", own, behind)
            let forged = try await probe.send("GET", "\(path)?after=AAAA", as: provider)
            try probe.require(forged.status == 400, "a forged cursor was accepted", forged)
            let foreign = try await probe.send("GET", "\(path)?after=\(cursor)", as: other)
            try probe.require(!foreign.text.contains(id), "a cursor opened the events of another caller", foreign)
        },
    ]

    private static func resumes(_ probe: Probe) async throws {
        let provider = probe.provider()
        let first = try await probe.listen(provider)
        let before = try await probe.created(provider, from: probe.tomorrow())
        try await probe.expectEvent(.created, of: before, in: first, for: "the provider")
        let cursor = first.events.last?.cursor
        try probe.offered(cursor != nil, "events have no cursor")
        await first.close()
        var missed: [String] = []
        for number: Int64 in 1...5 {
            missed.append(try await probe.created(provider, from: probe.tomorrow(plus: number * 30)))
        }
        let second = try await probe.listen(provider, after: cursor, replica: 1)
        let live = try await probe.created(provider, from: probe.tomorrow(plus: 300))
        try await probe.expectEvent(.created, of: live, in: second, for: "the provider")
        let ids = second.events.compactMap { probe.string(.id, $0.data) }
        try probe.require(
            ids == missed + [live], "\(ids.count) events arrived instead of the 5 that were missed and a live one")
        await second.close()
    }

    private static func pagesEvents(_ probe: Probe) async throws {
        let provider = probe.provider()
        let path = probe.profile.path(.events)
        let offer = try await probe.send("GET", path, as: provider)
        try probe.offered(offer.status == 200, "events cannot be read by REST")
        let inbox = try await probe.listen(provider)
        var ids: [String] = []
        for number: Int64 in 0..<7 {
            ids.append(try await probe.created(provider, from: probe.tomorrow(plus: number * 30)))
        }
        try await probe.expectEvent(.created, of: ids[6], in: inbox, for: "the provider")
        var (cursor, read) = ("", [JSONValue]())
        for _ in 0..<10 {
            let page = try await probe.send("GET", "\(path)?limit=3\(cursor)", as: provider)
            let rows = probe.rows(page)
            if rows.isEmpty { break }
            read += rows.compactMap { $0["data"] }
            cursor = "&after=\(page.json.value(at: "meta.next")?.string ?? "")"
        }
        let live = inbox.events.map(\.data)
        try probe.require(read == live, "\(read.count) events on pages are not the \(live.count) of the socket")
        await inbox.close()
    }
}
