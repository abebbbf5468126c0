import Bookings

extension Promise {
    static let stores = [
        Promise(
            .stores, "no-double-booking", "Of bookings that race for one slot exactly one is created.", probe: races),
        Promise(.stores, "overlap", "A booking that overlaps another in any way is refused.") { probe in
            let provider = probe.provider()
            _ = try await probe.created(provider, from: probe.tomorrow(plus: 60), length: .seconds(3600))
            for (offset, minutes): (Int64, Int64) in [(60, 60), (30, 60), (90, 60), (30, 120), (75, 15), (119, 5)] {
                let other = try await probe.create(
                    provider, from: probe.tomorrow(plus: offset), length: .seconds(minutes * 60))
                try probe.require(
                    other.status == probe.profile.status(.conflict), "an overlapping booking was not refused")
            }
        },
        Promise(.stores, "touching", "A booking may begin as another ends.") { probe in
            let provider = probe.provider()
            for minutes: Int64 in [30, 0, 60] {
                _ = try await probe.created(provider, from: probe.tomorrow(plus: minutes))
            }
        },
        Promise(.stores, "cancel-frees", "A cancelled booking frees its slot.") { probe in
            let provider = probe.provider()
            let id = try await probe.created(provider, from: probe.tomorrow())
            let cancel = try await probe.act(.cancel, id, as: provider)
            try probe.offered(cancel.status != 404 && cancel.status != 405, "bookings cannot be cancelled")
            try probe.expect(cancel, 200, "a booking cannot be cancelled")
            _ = try await probe.created(provider, from: probe.tomorrow())
        },
        Promise(.stores, "nothing-lost", "Each acknowledged booking is stored, also of many at once.", probe: keepsAll),
        Promise(.stores, "reschedule-race", "Of bookings that race to one slot exactly one is moved.", probe: movesOne),
        Promise(.stores, "refused-unchanged", "A refused request changes nothing.", .isolated) { probe in
            let provider = probe.provider()
            let id = try await probe.created(provider, from: probe.tomorrow())
            _ = try await probe.create(provider, from: probe.tomorrow(plus: 15))
            let upcoming = try await probe.listed(.upcoming, as: provider)
            try probe.require(upcoming.ids == [id], "upcoming has not exactly the acknowledged booking")
        },
    ]

    private static let rounds: Int64 = 8
    private static let contenders = 12

    private static func races(_ probe: Probe) async throws {
        let provider = probe.provider()
        for round in 0..<rounds {
            let start = probe.tomorrow(plus: round * 60)
            let answers = try await together(contenders) { number in
                try await probe.create(provider, by: probe.customer("customer \(number)"), from: start, replica: number)
            }
            let winners = answers.filter { $0.status == probe.profile.status(.created) }
            let shown = winners.prefix(2) + answers.filter { ($0.status ?? 0) >= 500 }.prefix(1)
            if winners.count != 1 {
                let count = "\(winners.count) of \(contenders) bookings of one slot were created"
                throw ProbeEnd.broken(count, Array(shown.isEmpty ? answers.prefix(2) : shown))
            }
            if let odd = answers.first(where: {
                $0.status != probe.profile.status(.created) && $0.status != probe.profile.status(.conflict)
            }) {
                throw probe.fail("a contender was answered neither with a booking nor with a conflict", odd)
            }
        }
    }

    private static func keepsAll(_ probe: Probe) async throws {
        let (provider, count) = (probe.provider(), 40)
        let answers = try await together(count) { number in
            try await probe.create(provider, from: probe.tomorrow(plus: Int64(number) * 30), replica: number)
        }
        if let refused = answers.first(where: { $0.status != probe.profile.status(.created) }) {
            throw probe.fail("a booking of a free slot was refused", refused)
        }
        let upcoming = try await probe.listed(.upcoming, as: provider)
        for answer in answers {
            let id = probe.id(of: answer.json)
            let read = try await probe.get(id, as: provider)
            try probe.require(read.status == 200, "an acknowledged booking cannot be read", answer, read)
            try probe.require(
                upcoming.ids.filter { $0 == id }.count == 1, "an acknowledged booking is not once in upcoming", answer,
                upcoming.of)
        }
    }

    private static func movesOne(_ probe: Probe) async throws {
        let provider = probe.provider()
        var ids: [String] = []
        for number: Int64 in 0..<6 {
            ids.append(try await probe.created(provider, from: probe.tomorrow(plus: number * 60)))
        }
        let target = probe.tomorrow(plus: 600)
        let answers = try await together(ids.count) { [ids] number in
            try await probe.act(
                .reschedule, ids[number], as: provider, body: probe.times(from: target, to: target + .seconds(1800)),
                replica: number)
        }
        try probe.offered(answers.allSatisfy { $0.status != 404 && $0.status != 405 }, "bookings cannot be moved")
        let moved = answers.filter { $0.status == 200 }
        if moved.count != 1 {
            throw ProbeEnd.broken(
                "\(moved.count) of \(ids.count) bookings were moved to one slot", Array(moved.prefix(2)))
        }
    }

    /// Sends requests at once, and returns the exchanges in the order of their numbers.
    static func together(
        _ count: Int, _ send: @escaping @Sendable (Int) async throws -> Exchange
    ) async throws -> [Exchange] {
        try await withThrowingTaskGroup(of: (Int, Exchange).self) { group in
            for number in 0..<count { group.addTask { (number, try await send(number)) } }
            var answers: [Int: Exchange] = [:]
            for try await (number, answer) in group { answers[number] = answer }
            return (0..<count).compactMap { answers[$0] }
        }
    }
}
