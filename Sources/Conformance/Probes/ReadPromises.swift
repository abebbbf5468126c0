import Bookings

extension Promise {
    static let reads = [
        Promise(.rest, "pages", "Pages have each booking once, and the total.", .isolated, probe: walksPages),
        Promise(
            .rest, "page-walk", "A walk through pages skips nothing and repeats nothing while bookings change.",
            .isolated, probe: walksChanging),
        Promise(.rest, "page-limits", "A limit outside of the permitted ones is refused.", .reads) { probe in
            for limit in ["0", "-1", "1000000", "many"] {
                let list = try await probe.send(
                    "GET", "\(probe.profile.path(.upcoming))?\(probe.profile.list(.limit))=\(limit)",
                    as: probe.provider())
                try probe.offered(list.status != 200, "a limit of \(limit) is accepted")
                try probe.expect(list, probe.profile.status(.invalid), "a wrong limit was not refused as such")
            }
        },
        Promise(.rest, "filters", "The filter by status leaves out every other status.", .isolated) { probe in
            let provider = probe.provider()
            let kept = try await probe.created(provider, from: probe.tomorrow())
            let cancelled = try await probe.created(provider, from: probe.tomorrow(plus: 60))
            let cancel = try await probe.act(.cancel, cancelled, as: provider)
            try probe.offered(cancel.status == 200, "bookings cannot be cancelled")
            let status = probe.string(.status, cancel.json) ?? ""
            let list = try await probe.send("GET", "\(probe.profile.path(.bookings))?status=\(status)", as: provider)
            try probe.offered(list.status == 200, "there is no list of all bookings")
            try probe.require(
                probe.rows(list).map { probe.id(of: $0) } == [cancelled], "the filter has not exactly its bookings")
            let upcoming = try await probe.listed(.upcoming, as: provider)
            try probe.require(upcoming.ids == [kept], "a cancelled booking is in upcoming")
        },
        Promise(
            .rest, "conditional-get", "An entity tag answers 304 until the booking changes.", probe: readsConditionally),
        Promise(.rest, "history", "The history has one entry for each change, in order.") { probe in
            let provider = probe.provider()
            let id = try await probe.created(provider, from: probe.tomorrow())
            let (from, to) = (probe.tomorrow(plus: 60), probe.tomorrow(plus: 90))
            _ = try await probe.act(.reschedule, id, as: provider, body: probe.times(from: from, to: to))
            _ = try await probe.act(.cancel, id, as: provider)
            let history = try await probe.send("GET", probe.profile.path(.history, id: id), as: provider)
            try probe.offered(history.status == 200, "bookings have no history")
            let entries = probe.rows(history)
            let actions = entries.compactMap { $0["action"]?.string }
            try probe.require(actions == ["create", "reschedule", "cancel"], "the history is not that of the booking")
            try probe.require(
                entries.compactMap { $0["version"]?.double } == [1, 2, 3], "the versions of the history are not 1, 2, 3"
            )
            try probe.require(
                entries.allSatisfy { $0.value(at: "actor.sub")?.string == provider.subject },
                "the history names another actor")
            try probe.require(
                entries.allSatisfy { ($0.value(at: "actor.roles")?.elements ?? []).map(\.string) == ["provider"] },
                "the history names other roles")
            try probe.require(
                entries[1].value(at: "after.start_time")?.string.flatMap { RFC3339.parse($0) } == from
                    && entries[1].value(at: "before.start_time")?.string.flatMap { RFC3339.parse($0) }
                        == probe.tomorrow(),
                "the history of a move has other times")
        },
        Promise(.rest, "openapi", "The service describes itself as OpenAPI 3.", .reads) { probe in
            let document = try await probe.send("GET", probe.profile.path(.openapi), as: .nobody)
            try probe.offered(document.status == 200, "there is no OpenAPI document")
            try probe.require(document.json["openapi"]?.string?.hasPrefix("3.") == true, "it is not OpenAPI 3")
        },
    ]

    /// Reads all pages, by cursor where there is one and by number otherwise. `between` runs after the first page.
    private static func walk(
        _ probe: Probe, _ provider: Person, limit: Int, between: ([String]) async throws -> Void = { _ in }
    ) async throws -> (ids: [String], first: Exchange) {
        let path = "\(probe.profile.path(.upcoming))?\(probe.profile.list(.limit))=\(limit)"
        let first = try await probe.send("GET", path, as: provider)
        try probe.expect(first, 200, "a page cannot be read")
        try probe.requireOwn(first, of: provider)
        var (page, ids, number) = (first, probe.rows(first).map { probe.id(of: $0) }, 1)
        try await between(ids)
        while number < 50 {
            number += 1
            let next = page.json.value(at: probe.profile.list(.next))
            if next == .null { break }
            let position = next?.string.map { "\(probe.profile.list(.cursor))=\($0)" }
            page = try await probe.send(
                "GET", "\(path)&\(position ?? "\(probe.profile.list(.page))=\(number)")", as: provider)
            try probe.expect(page, 200, "a page cannot be read")
            let rows = probe.rows(page).map { probe.id(of: $0) }
            if rows.isEmpty { break }
            ids += rows
        }
        return (ids, first)
    }

    private static func walksPages(_ probe: Probe) async throws {
        let provider = probe.provider()
        var created: [String] = []
        for number: Int64 in 0..<11 {
            created.append(try await probe.created(provider, from: probe.tomorrow(plus: number * 30)))
        }
        let (ids, first) = try await walk(probe, provider, limit: 4)
        try probe.require(
            ids == created, "the pages have not each of \(created.count) bookings once, by start: \(ids.count) rows",
            first)
        let total = first.json.value(at: probe.profile.list(.total))?.double
        try probe.offered(total != nil, "pages have no total")
        try probe.require(total == Double(created.count), "the total is not \(created.count)", first)
        let numbered = try await probe.send(
            "GET", "\(probe.profile.path(.upcoming))?\(probe.profile.list(.limit))=4&\(probe.profile.list(.page))=3",
            as: provider)
        try probe.require(
            probe.rows(numbered).map { probe.id(of: $0) } == Array(created[8...]), "page 3 has not the last 3 bookings",
            numbered)
    }

    /// Two bookings of the first page are cancelled and one is created before them: pages by offset skip and repeat.
    private static func walksChanging(_ probe: Probe) async throws {
        let provider = probe.provider()
        var created: [String] = []
        for number: Int64 in 1...10 {
            created.append(try await probe.created(provider, from: probe.tomorrow(plus: number * 30)))
        }
        let (ids, _) = try await walk(probe, provider, limit: 4) { page in
            for id in page.prefix(2) { _ = try await probe.act(.cancel, id, as: provider) }
        }
        let skipped = created[4...].filter { !ids.contains($0) }
        try probe.require(skipped.isEmpty, "the walk skipped \(skipped.count) bookings that stood there all the time")
        let (again, _) = try await walk(probe, provider, limit: 4) { _ in
            _ = try await probe.created(provider, from: probe.tomorrow(plus: -60))
        }
        try probe.require(Set(again).count == again.count, "the walk repeated a booking")
    }

    private static func readsConditionally(_ probe: Probe) async throws {
        let provider = probe.provider()
        let id = try await probe.created(provider, from: probe.tomorrow())
        let read = try await probe.get(id, as: provider)
        try probe.offered(read.header("ETag") != nil, "bookings have no entity tag")
        let condition = [("If-None-Match", read.header("ETag") ?? "")]
        let unchanged = try await probe.get(id, as: provider, headers: condition)
        try probe.require(unchanged.status == 304, "an unchanged booking was not answered with 304", read, unchanged)
        let cancel = try await probe.act(.cancel, id, as: provider)
        try probe.expect(cancel, 200, "a booking cannot be cancelled")
        let changed = try await probe.get(id, as: provider, headers: condition)
        try probe.require(changed.status == 200, "a changed booking was answered with 304", read, cancel, changed)
        try probe.require(
            changed.header("ETag") != read.header("ETag"), "a changed booking has the same entity tag", read, changed)
    }
}
