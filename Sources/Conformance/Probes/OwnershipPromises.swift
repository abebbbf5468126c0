import Bookings

extension Promise {
    static let ownership = [
        Promise(.rest, "foreign-read", "A booking of another provider is answered like one that does not exist.") {
            probe in
            let (provider, other) = (probe.provider(), probe.anotherProvider())
            let id = try await probe.created(provider, from: probe.tomorrow())
            let foreign = try await probe.get(id, as: other)
            let missing = try await probe.get(probe.service.identifier(), as: other)
            try probe.require(
                foreign.status != 200, "another provider read the booking", foreign)
            try probe.require(
                foreign.status == missing.status, "a foreign booking is answered otherwise than a missing one", foreign,
                missing)
        },
        Promise(.rest, "foreign-lists", "Lists have a caller's own bookings only, whatever they filter by.") { probe in
            let (provider, other) = (probe.provider(), probe.anotherProvider())
            _ = try await probe.created(provider, from: probe.tomorrow())
            // A page that no other probe requests: the owner's request may fill a cache.
            let upcoming = "\(probe.profile.path(.upcoming))?\(probe.profile.list(.limit))=41"
            _ = try await probe.send("GET", upcoming, as: provider)
            let filter = "?\(probe.profile.field(.provider))=\(provider.subject)"
            for path in [upcoming, probe.profile.path(.bookings) + filter] {
                let list = try await probe.send("GET", path, as: other)
                try probe.require(probe.rows(list).isEmpty, "the list of a provider without bookings has some", list)
            }
        },
        Promise(.rest, "foreign-actions", "Nobody acts on another provider's booking.") { probe in
            let (provider, other) = (probe.provider(), probe.anotherProvider())
            let id = try await probe.created(provider, from: probe.tomorrow())
            let cancel = try await probe.act(.cancel, id, as: other)
            try probe.require((cancel.status ?? 0) >= 400, "another provider cancelled the booking", cancel)
            let read = try await probe.get(id, as: provider)
            try probe.require(
                !(probe.string(.status, read.json) ?? "").hasPrefix("cancel"), "a refused cancel was carried out",
                cancel,
                read)
        },
        Promise(.rest, "foreign-history", "Nobody reads the history of another provider's booking.") { probe in
            let (provider, other) = (probe.provider(), probe.anotherProvider())
            let id = try await probe.created(provider, from: probe.tomorrow())
            let own = try await probe.send("GET", probe.profile.path(.history, id: id), as: provider)
            try probe.offered(own.status == 200, "bookings have no history")
            let foreign = try await probe.send("GET", probe.profile.path(.history, id: id), as: other)
            try probe.require(
                foreign.status == probe.profile.status(.missing), "another provider read the history", foreign)
        },
        Promise(.rest, "foreign-key", "An idempotency key of another caller replays nothing.") { probe in
            let key = [("Idempotency-Key", probe.service.identifier())]
            let (first, second) = (probe.customer("first customer"), probe.customer("second customer"))
            let provider = probe.provider()
            let one = try await probe.create(provider, by: first, from: probe.tomorrow(), headers: key)
            let two = try await probe.create(provider, by: second, from: probe.tomorrow(), headers: key)
            try probe.require(
                probe.id(of: two.json).isEmpty || probe.id(of: two.json) != probe.id(of: one.json),
                "a key of another customer replayed that customer's booking", one, two)
        },
        Promise(.rest, "foreign-events", "The pages of events have a caller's own events only.") { probe in
            let (provider, other) = (probe.provider(), probe.anotherProvider())
            let id = try await probe.created(provider, from: probe.tomorrow())
            let own = try await probe.send("GET", probe.profile.path(.events), as: provider)
            try probe.offered(own.status == 200, "events cannot be read by REST")
            let foreign = try await probe.send("GET", probe.profile.path(.events), as: other)
            try probe.require(!foreign.text.contains(id), "another provider read the event", foreign)
        },
    ]
}
