import Bookings

// Scenarios about the semantics of HTTP and about what operators read.

extension PlanBuilder {
    /// Conditional reads around changes, numbered pages with filters, a key that is used again after a day, and probes
    /// with a write right behind them; in half of the plans the store of a replica is away for a while.
    mutating func http(_ count: Int) {
        let spacing = 20 * Self.hour / Int64(max(count, 1))
        for index in 0..<count {
            let at = Int64(index) * spacing
            let provider = provider()
            let start = until + Int64(index) * Self.hour
            let caller = customer()
            let replica = replica()
            let label = book(
                at: at, provider: provider, start: start, minutes: 30, key: "day-\(index)", by: caller, replica: replica
            )
            conditionalReads(at: at + 1, label, start: start)
            pages(at: at + 10_000, provider: provider, caller)
            probes(at: at + 20_000, start: start + 30 * Self.minute, provider: provider)
            if chance(50) {
                afterADay(at: at, label, provider: provider, start: start, "day-\(index)", caller, replica)
            }
        }
        if chance(50) { storeAway(at: 21 * Self.hour) }
    }

    private mutating func conditionalReads(at instant: Int64, _ label: String, start: Int64) {
        add(at: instant, .admin, .revalidate(booking: label, version: nil))
        if chance(70) {
            if chance(50) {
                act(at: instant + 1, label, .cancel)
            } else {
                act(at: instant + 1, label, .reschedule, start: start + 5 * Self.minute, minutes: 20)
            }
        }
        for (offset, version) in [(2, 1), (3, nil), (4, 2)] as [(Int64, Int?)] {
            add(at: instant + offset, .admin, .revalidate(booking: label, version: version))
        }
        add(at: instant + 5, .admin, .read(booking: label))
    }

    private mutating func pages(at instant: Int64, provider: Int, _ caller: Caller) {
        for _ in 0..<4 {
            let path = pick(["/bookings", "/bookings/upcoming", "/bookings/past"])
            let filter = pick(["", "", "&status=cancelled", "&status=confirmed&status=pending"])
            let sorts = ["", "&sort=-start_time", "&sort=created_at", "&sort=-created_at"]
            let sort = path == "/bookings" ? pick(sorts) : ""
            let reader: Caller = pick([.admin, .provider(provider), caller])
            let list = "\(path)?limit=\(number(1..<8))&page=\(number(1..<5))\(filter)\(sort)"
            // The second time it may come from the cache.
            for offset in 0..<2 { add(at: instant + Int64(offset), reader, .list(list)) }
        }
    }

    /// Each replica is asked how it is, and then takes a write at the same instant.
    private mutating func probes(at instant: Int64, start: Int64, provider: Int) {
        for replica in 0..<replicas {
            let at = instant + Int64(replica) * 5000
            for path in ["/health", "/health/ready"] { add(at: at, .admin, .probe(path), replica: replica) }
            _ = book(
                at: at, provider: provider, start: start + Int64(replica) * 10 * Self.minute, minutes: 5,
                by: .customer(0), replica: replica)
        }
    }

    /// The same request with the same key, a day and an hour later, when its booking is cancelled: it is a new one.
    private mutating func afterADay(
        at instant: Int64, _ label: String, provider: Int, start: Int64, _ key: String, _ caller: Caller, _ replica: Int
    ) {
        let day = 24 * Self.hour
        act(at: instant + day + 30 * Self.minute, label, .cancel)
        _ = book(
            at: instant + day + Self.hour, provider: provider, start: start, minutes: 30, key: key, by: caller,
            replica: replica)
    }

    /// A replica without its store says so, and takes no write.
    private mutating func storeAway(at instant: Int64) {
        begin(.storeDown, on: .replica(0), at: instant)
        probes(at: instant + 10_000, start: 2 * until, provider: 0)
        heal(.storeDown, on: .replica(0), at: instant + 60_000)
        probes(at: instant + 70_000, start: 2 * until + Self.hour, provider: 0)
    }

    /// Customers read more often than they may, on all replicas, in windows that follow each other.
    mutating func limits(_ count: Int) {
        for index in 0..<count {
            let at = Int64(index) * 5 * Self.minute
            let label = book(at: at, start: at + 2 * Self.hour, minutes: 30, by: .customer(0))
            let reads = number(120..<180)
            for read in 0..<reads {
                add(
                    at: at + 1000 + Int64(read), .customer(read % 5 == 0 ? 1 : 0),
                    chance(50) ? .read(booking: label) : .list("/bookings/upcoming"), replica: read % replicas)
            }
        }
    }
}
