import Bookings

/// What a run does. A scenario is a function of its seed: it draws everything before it looks at any answer.
enum Scenario: String, CaseIterable, Sendable {
    case reminders
    case pagination
    case dedupe

    var summary: String {
        switch self {
        case .reminders: "a day of bookings made, cancelled and moved; each reminder at its second, once"
        case .pagination: "walks over the lists while bookings come and go; upcoming and past at their boundaries"
        case .dedupe: "repeats with one key, and bursts for one slot"
        }
    }

    func run(in world: World, until: Duration) async throws {
        switch self {
        case .reminders: try await RemindersScenario.run(in: world, until: until)
        case .pagination: try await PaginationScenario.run(in: world)
        case .dedupe: try await DedupeScenario.run(in: world, until: until)
        }
        await world.end()
    }
}

/// A day of reminders.
enum RemindersScenario {
    private static let bookings = 150

    static func run(in world: World, until: Duration) async throws {
        var random = SeededGenerator(seed: world.seed, for: "reminders")
        let providers = (0..<8).map { _ in random.identifier(Provider.self) }
        let customer = world.token("customer", .customer)
        let admin = world.token("admin", .admin)
        try await world.openSocket("admin", token: admin)
        try await world.openSocket("customer", token: customer)
        for (index, provider) in providers.enumerated() {
            try await world.openSocket("provider-\(index)", token: world.token(provider.description, .provider))
        }
        let end = World.begin + until
        let span = Int(until.wholeMilliseconds)
        let plan = (0..<bookings).map { _ in
            (
                at: World.begin + .milliseconds(Int.random(in: 0..<span / 2, using: &random)),
                wish: World.Wish(
                    provider: providers[Int.random(in: 0..<providers.count, using: &random)], start: .earliest,
                    minutes: Int.random(in: 5...60, using: &random)),
                ahead: Int.random(in: 1...(span / 2000), using: &random), fate: Int.random(in: 0..<10, using: &random),
                fateAfter: Int.random(in: 1...7200, using: &random)
            )
        }.sorted { $0.at < $1.at }
        var later: [(at: Timestamp, order: Int, id: BookingID, isCancel: Bool, wish: World.Wish)] = []
        for (order, step) in plan.enumerated() {
            try await catchUp(&later, upTo: step.at, in: world, admin: admin)
            try await world.advance(to: step.at)
            let wish = World.Wish(
                provider: step.wish.provider, start: step.at + .seconds(step.ahead), minutes: step.wish.minutes)
            let (id, _) = try await world.book(wish, token: customer)
            if let id, step.fate < 4 {
                let moved = World.Wish(
                    provider: wish.provider, start: wish.start + .seconds(step.fateAfter + 1800), minutes: wish.minutes)
                later.append((step.at + .seconds(step.fateAfter), order, id, step.fate < 2, moved))
            }
        }
        try await catchUp(&later, upTo: end, in: world, admin: admin)
        try await world.advance(to: end)
    }

    private static func catchUp(
        _ later: inout [(at: Timestamp, order: Int, id: BookingID, isCancel: Bool, wish: World.Wish)],
        upTo instant: Timestamp, in world: World, admin: String
    ) async throws {
        for step in later.filter({ $0.at <= instant }).sorted(by: { ($0.at, $0.order) < ($1.at, $1.order) }) {
            try await world.advance(to: step.at)
            if step.isCancel {
                _ = try await world.cancel(step.id, token: admin)
            } else {
                _ = try await world.move(step.id, to: step.wish, token: admin)
            }
        }
        later.removeAll { $0.at <= instant }
    }
}

/// Walks and partitions.
enum PaginationScenario {
    static func run(in world: World) async throws {
        var random = SeededGenerator(seed: world.seed, for: "pagination")
        let provider = random.identifier(Provider.self)
        let admin = world.token("admin", .admin)
        let owner = world.token(provider.description, .provider)
        var standing: Set<BookingID> = []
        func book(_ minute: Int) async throws -> BookingID? {
            let wish = World.Wish(provider: provider, start: World.begin + .seconds(60 * minute), minutes: 10)
            return try await world.book(wish, token: owner).0
        }
        for index in 0..<60 {
            if let id = try await book(5 + index * 10) { standing.insert(id) }
        }
        for limit in [1, 7, 10, 100] {
            try await walk(
                "/bookings/upcoming", limit: limit, standing: standing, descending: false, token: owner, in: world)
        }
        // Bookings that come and go between the pages of one walk disturb none that stands.
        var minute = 1000
        try await walk("/bookings", limit: 7, standing: standing, descending: false, token: owner, in: world) {
            minute += Int.random(in: 10...20, using: &random)
            guard let id = try await book(minute) else { return }
            if Bool.random(using: &random) { _ = try await world.cancel(id, token: admin) }
        }
        for _ in 0..<20 {
            // Right at an end, and somewhere between.
            let target = 5 + Int.random(in: 0..<60, using: &random) * 10
            let exact = World.begin + .seconds(60 * target)
            let instant = max(world.clock.now(), Bool.random(using: &random) ? exact : exact + .milliseconds(1))
            try await world.advance(to: instant)
            try await partition(token: owner, in: world)
        }
        try await walk("/bookings/past", limit: 9, standing: [], descending: true, token: owner, in: world)
    }

    private static func ids(_ answer: World.Answer) -> [SortKey] {
        guard case .array(let rows)? = answer.json["data"] else { return [] }
        return rows.compactMap { row in
            guard let id = row["id"]?.string.flatMap({ BookingID($0) }),
                let start = row["start_time"]?.string.flatMap({ RFC3339.parse($0) })
            else { return nil }
            return SortKey(instant: start, id: id)
        }
    }

    private static func walk(
        _ list: String, limit: Int, standing: Set<BookingID>, descending: Bool, token: String, in world: World,
        between: () async throws -> Void = {}
    ) async throws {
        var shown: [SortKey] = []
        var path = "\(list)?limit=\(limit)"
        var hasEnded = false
        for _ in 0..<400 {
            let answer = try await world.send("GET", path, token: token)
            shown += ids(answer)
            guard let cursor = answer.json["meta"]?["next_cursor"]?.string else {
                hasEnded = answer.status == 200
                break
            }
            try await between()
            path = "\(list)?limit=\(limit)&cursor=\(cursor)"
        }
        await world.note(["list": list, "op": "walk", "rows": shown.map(\.id.description).joined(separator: " ")])
        await world.keep(
            History.Walk(list: list, shown: shown, descending: descending, standing: standing, hasEnded: hasEnded))
    }

    private static func partition(token: String, in world: World) async throws {
        func all(_ list: String) async throws -> Set<BookingID> {
            var found: Set<BookingID> = []
            for page in 1...10 {
                let answer = try await world.send("GET", "\(list)?limit=100&page=\(page)", token: token)
                let new = ids(answer).map(\.id)
                found.formUnion(new)
                if new.count < 100 { break }
            }
            return found
        }
        let upcoming = try await all("/bookings/upcoming")
        let past = try await all("/bookings/past")
        let now = world.clock.now()
        let history = await world.history
        var last: [BookingID: History.Write] = [:]
        for write in history.writes { last[write.booking] = write }
        let standing = last.values.filter { $0.kind != .cancel }
        let misplaced = standing.filter { ($0.end > now) != upcoming.contains($0.booking) }
        await world.note([
            "at": RFC3339.string(now), "op": "partition", "past": "\(past.count)", "upcoming": "\(upcoming.count)",
        ])
        await world.keep(
            History.Partition(
                instant: now, upcoming: upcoming, past: past,
                expected: misplaced.isEmpty ? Set(standing.map(\.booking)) : []))
    }
}

/// Repeats and bursts.
enum DedupeScenario {
    static func run(in world: World, until: Duration) async throws {
        var random = SeededGenerator(seed: world.seed, for: "dedupe")
        let providers = (0..<5).map { _ in random.identifier(Provider.self) }
        let customer = world.token("customer", .customer)
        try await world.openSocket("admin", token: world.token("admin", .admin))
        for round in 0..<25 {
            let wish = World.Wish(
                provider: providers[round % 5], start: World.begin + .seconds(3600 + round * 1800), minutes: 20)
            // One key, many times at once: one booking, equal bytes.
            try await burst("key-\(round)", wish, key: "key-\(round)", token: customer, in: world)
            // No key, the same slot: refused each time.
            try await burst("slot-\(round)", wish, key: nil, token: customer, in: world)
            try await world.barrier()
        }
        try await world.advance(to: World.begin + until)
    }

    /// Twelve requests at once with one id: whichever wins, the booking has the same id.
    private static func burst(
        _ name: String, _ wish: World.Wish, key: String?, token: String, in world: World
    ) async throws {
        let answers = try await withThrowingTaskGroup(of: World.Answer.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    try await world.send("POST", "/bookings", token: token, body: wish.body, key: key, requestID: name)
                }
            }
            var answers: [World.Answer] = []
            for try await answer in group { answers.append(answer) }
            return answers
        }
        let made = answers.filter { $0.status == 201 }
        let distinct = Set(made.map(\.text)).sorted()
        for text in distinct {
            guard let one = made.first(where: { $0.text == text }) else { continue }
            await world.record(one, .create)
        }
        if let key {
            let decided = answers.filter { $0.status != 409 || !$0.text.contains("request-in-progress") }
            await world.keep(History.Repeats(key: key, answers: decided.map { "\($0.status) \($0.text)" }))
        }
        await world.note([
            "answers": answers.map { "\($0.status)" }.sorted().joined(separator: " "), "made": distinct.joined(),
            "op": name,
        ])
    }
}
