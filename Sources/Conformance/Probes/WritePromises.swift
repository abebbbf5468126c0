import Bookings

extension Promise {
    static let writes = [
        Promise(.rest, "idempotency", "A repeated request with its key is answered again and not carried out again.") {
            probe in
            let (provider, customer) = (probe.provider(), probe.customer())
            let key = [("Idempotency-Key", probe.service.identifier())]
            let first = try await probe.create(provider, by: customer, from: probe.tomorrow(), headers: key)
            try probe.expect(first, probe.profile.status(.created), "a booking of a free slot was refused")
            for replica in 0...probe.service.targets.count {
                let again = try await probe.create(
                    provider, by: customer, from: probe.tomorrow(), headers: key, replica: replica)
                try probe.offered(again.status != probe.profile.status(.conflict), "idempotency keys are ignored")
                try probe.require(
                    again.status == first.status && again.text == first.text, "the repeat was answered otherwise",
                    first, again)
            }
        },
        Promise(.rest, "idempotency-race", "Of repeated requests at once one is carried out, and all get its answer.") {
            probe in
            let (provider, customer) = (probe.provider(), probe.customer())
            let key = [("Idempotency-Key", probe.service.identifier())]
            let answers = try await together(8) { number in
                try await probe.create(provider, by: customer, from: probe.tomorrow(), headers: key, replica: number)
            }
            let ids = Set(answers.map { probe.id(of: $0.json) })
            try probe.offered(
                answers.contains { $0.header("Idempotency-Replayed") != nil }, "idempotency keys are not offered")
            try probe.require(ids.count == 1 && ids.first != "", "the repeats did not get one answer")
        },
        Promise(.rest, "idempotency-mismatch", "A key with another body is refused with 422.") { probe in
            let (provider, customer) = (probe.provider(), probe.customer())
            let key = [("Idempotency-Key", probe.service.identifier())]
            _ = try await probe.create(provider, by: customer, from: probe.tomorrow(), headers: key)
            let other = try await probe.create(provider, by: customer, from: probe.tomorrow(plus: 60), headers: key)
            try probe.offered(other.status != probe.profile.status(.created), "idempotency keys are ignored")
            try probe.expect(other, 422, "a key was used with another body")
        },
        Promise(.rest, "if-match", "A change with a stale entity tag is refused with 412 and changes nothing.") {
            probe in
            let provider = probe.provider()
            let id = try await probe.created(provider, from: probe.tomorrow())
            let read = try await probe.get(id, as: provider)
            try probe.offered(read.header("ETag") != nil, "bookings have no entity tag")
            let condition = [("If-Match", read.header("ETag") ?? "")]
            let (from, to) = (probe.tomorrow(plus: 60), probe.tomorrow(plus: 90))
            let move = try await probe.act(
                .reschedule, id, as: provider, body: probe.times(from: from, to: to), headers: condition)
            try probe.expect(move, 200, "a change with the current entity tag was refused")
            let stale = try await probe.act(.cancel, id, as: provider, headers: condition)
            try probe.expect(stale, 412, "a change with a stale entity tag was not refused as such")
            let after = try await probe.get(id, as: provider)
            try probe.require(after.json == move.json, "the refused change was carried out", move, stale, after)
        },
        Promise(.rest, "lost-update", "Of changes at once with one entity tag exactly one is carried out.") { probe in
            let provider = probe.provider()
            for round: Int64 in 0..<4 {
                let id = try await probe.created(provider, from: probe.tomorrow(plus: round * 600))
                let read = try await probe.get(id, as: provider)
                try probe.offered(read.header("ETag") != nil, "bookings have no entity tag")
                let condition = [("If-Match", read.header("ETag") ?? "")]
                let answers = try await together(6) { number in
                    let start = probe.tomorrow(plus: round * 600 + 60 + Int64(number) * 60)
                    return try await probe.act(
                        .reschedule, id, as: provider, body: probe.times(from: start, to: start + .seconds(1800)),
                        headers: condition, replica: number)
                }
                let done = answers.filter { $0.status == 200 }
                try probe.require(
                    done.count == 1 && answers.allSatisfy { $0.status == 200 || $0.status == 412 },
                    "\(done.count) of \(answers.count) changes with one entity tag were carried out")
            }
        },
        Promise(
            .rest, "versions", "Each change raises the version by one, and a repeat does not.", probe: countsVersions),
        Promise(.rest, "transitions", "A final status is left by no action.") { probe in
            let provider = probe.provider()
            let id = try await probe.created(provider, from: probe.tomorrow())
            let cancel = try await probe.act(.cancel, id, as: provider)
            try probe.offered(cancel.status == 200, "bookings cannot be cancelled")
            let (from, to) = (probe.tomorrow(plus: 60), probe.tomorrow(plus: 90))
            let move = try await probe.act(.reschedule, id, as: provider, body: probe.times(from: from, to: to))
            try probe.offered(move.status != 404 && move.status != 405, "bookings cannot be moved")
            try probe.require(
                move.status == probe.profile.status(.conflict), "a cancelled booking was moved", cancel, move)
            let confirm = try await probe.act(.confirm, id, as: provider)
            try probe.require(
                confirm.status == probe.profile.status(.conflict), "a cancelled booking was confirmed", cancel, confirm)
        },
    ]

    private static func countsVersions(_ probe: Probe) async throws {
        let provider = probe.provider()
        let id = try await probe.created(provider, from: probe.tomorrow())
        let read = try await probe.get(id, as: provider)
        func version(_ exchange: Exchange) -> Double? { exchange.json[probe.profile.field(.version)]?.double }
        try probe.offered(version(read) != nil, "bookings have no version")
        try probe.require(version(read) == 1, "a new booking has not version 1", read)
        let (from, to) = (probe.tomorrow(plus: 60), probe.tomorrow(plus: 90))
        let move = try await probe.act(.reschedule, id, as: provider, body: probe.times(from: from, to: to))
        try probe.require(version(move) == 2, "the first change did not lead to version 2", read, move)
        let repeated = try await probe.act(.reschedule, id, as: provider, body: probe.times(from: from, to: to))
        try probe.require(version(repeated) == 2, "a repeat raised the version", move, repeated)
        let cancel = try await probe.act(.cancel, id, as: provider)
        try probe.require(version(cancel) == 3, "the second change did not lead to version 3", move, cancel)
    }
}
