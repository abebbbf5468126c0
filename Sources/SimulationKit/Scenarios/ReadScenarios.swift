import Bookings

// Scenarios about lists, visibility and delivery.

extension PlanBuilder {
    /// Walks over the lists while bookings are created, moved and cancelled; `upcoming` and `past` at their boundaries.
    mutating func pagination(_ count: Int) {
        var labels: [(label: String, end: Int64)] = []
        for index in 0..<count {
            let start = Int64(5 + index * 10) * Self.minute
            labels.append((book(at: 0, provider: 0, start: start, minutes: 10), start + 10 * Self.minute))
        }
        for limit in [1, 7, 10, 100] {
            add(at: 1, .provider(0), .walk(list: "/bookings/upcoming", limit: limit, between: []))
        }
        for round in 0..<6 {
            let between = (0..<8).map { index -> Operation in
                let start = Int64(count * 10 + 60 + round * 200 + index * 12) * Self.minute
                guard chance(40) else {
                    return operation(
                        customer(),
                        .create(booking: label(), provider: pick([0, 1]), start: start, minutes: 10, key: nil))
                }
                let label = pick(labels).label
                return operation(.admin, cancelOrMove(label, if: chance(50), start: start, minutes: 10))
            }
            let list = pick(["/bookings", "/bookings/upcoming", "/bookings?sort=-start_time"])
            add(
                at: 2 + Int64(round), chance(50) ? .admin : .provider(0),
                .walk(
                    list: list == "/bookings?sort=-start_time" ? "/bookings" : list, limit: number(1..<9),
                    between: between))
        }
        for _ in 0..<20 {
            // At the end of a booking, and a moment after it.
            let end = pick(labels).end
            add(at: end + Int64(number(0..<2)), chance(50) ? .admin : .provider(0), .partition)
            add(at: end, .provider(0), .list("/bookings/upcoming?limit=10"))
        }
        add(at: until - 1, .provider(0), .walk(list: "/bookings/past", limit: 9, between: []))
    }

    /// A cancellation has no body, and with one it would be refused.
    private func cancelOrMove(_ label: String, if isCancelled: Bool, start: Int64, minutes: Int) -> Verb {
        .act(
            booking: label, action: isCancelled ? .cancel : .reschedule, start: isCancelled ? nil : start,
            minutes: isCancelled ? nil : minutes, match: nil, key: nil)
    }

    /// Reads on all replicas race with writes.
    package mutating func cache(_ count: Int) {
        var labels: [String] = []
        for index in 0..<count {
            let at = Int64(index) * until / 2 / Int64(count)
            let provider = pick(settings.racyProviders)
            let label = book(at: at, provider: provider, start: at + Int64(600 + index * 40) * Self.minute, minutes: 30)
            labels.append(label)
            // The change must be visible on every replica at once.
            for replica in 0..<replicas {
                add(at: at, .admin, .read(booking: label), replica: replica)
                add(at: at, .provider(provider), .list("/bookings/upcoming?limit=100"), replica: replica)
            }
            var burst: [Operation] = []
            for _ in 0..<number(1..<4) {
                let label = pick(labels)
                let isCancelled = chance(30)
                let start = at + Int64(600 + number(0..<10_000)) * Self.minute
                burst.append(operation(.admin, cancelOrMove(label, if: isCancelled, start: start, minutes: 30)))
            }
            for replica in 0..<replicas * 2 {
                burst.append(operation(.admin, .read(booking: pick(labels)), replica: replica % replicas))
                burst.append(
                    operation(
                        .provider(pick(settings.racyProviders)), .list("/bookings/upcoming?limit=100"),
                        replica: replica % replicas))
            }
            add(at: at + 1000, race: .free, burst)
            // A page that was just read is read again after a change.
            add(at: at + 2000, .provider(provider), .list("/bookings/upcoming?limit=100"), replica: index % replicas)
            act(at: at + 2001, label, .reschedule, start: at + Int64(20_000 + index * 40) * Self.minute, minutes: 30)
            add(at: at + 2002, .provider(provider), .list("/bookings/upcoming?limit=100"), replica: index % replicas)
            // A cached page expires at the end of a booking.
            add(at: at + 20_000, .admin, .list("/bookings/past?limit=100"))
        }
    }

    /// All clients request the bookings of others; flawed tokens are refused.
    mutating func tenants(_ count: Int) {
        var labels: [String] = []
        for index in 0..<count {
            let at = Int64(index) * until / 2 / Int64(count)
            let start = at + Int64(60 + index * 3) * Self.minute
            // All customers use the same idempotency keys.
            let label = book(at: at, start: start, minutes: 30, key: "same-\(index / settings.customers)")
            labels.append(label)
            let provider = provider()
            _ = book(at: at + 1, provider: provider, start: start, minutes: 30)
            _ = book(at: at + 2, provider: provider, start: start + 1000, minutes: 30)
            for _ in 0..<6 {
                let caller: Caller = chance(50) ? customer() : .provider(self.provider())
                let other = pick(labels)
                add(
                    at: at + 3, caller,
                    pick([
                        .read(booking: other), .history(booking: other), .list("/bookings?limit=50"),
                        .list("/bookings/upcoming?limit=5"), .list("/bookings/past?limit=5"),
                        .act(booking: other, action: .cancel, start: nil, minutes: nil, match: nil, key: "same-key"),
                        .act(booking: other, action: .noShow, start: nil, minutes: nil, match: nil, key: nil),
                    ]))
            }
            if index % 3 == 0 { add(at: at + 4, customer(), .flawedToken(pick(TokenFlaw.allCases))) }
        }
    }

    /// Sockets are cut, also in the middle of a frame, and replicas go down.
    mutating func reconnect(_ count: Int) {
        let sockets: [Caller] =
            [.admin] + (0..<settings.customers).map(Caller.customer) + (0..<settings.providers).map(Caller.provider)
        for index in 0..<count {
            let at = Int64(index) * until / 2 / Int64(count)
            let start = at + instant(700_000..<2 * Self.hour)
            switch number(0..<6) {
            case 0:
                let socket = pick(sockets).description
                begin(.midFrame, on: .socket(socket), amount: Int64(number(1..<900)), at: at)
            case 1: begin(.dropSockets, on: .replica(replica()), at: at)
            case 2:
                // All sockets are cut at once, and all reconnect at once.
                for replica in 0..<replicas { begin(.dropSockets, on: .replica(replica), at: at) }
            case 3: inject(pick([.crash(nil), .crash(.relayBefore), .crash(.relayAfter), .shutdown]), at: at)
            case 4:
                let socket = pick(sockets)
                add(at: at, socket, .listen(socket: socket.description))
            default: inject(.busDown, at: at)
            }
            let label = book(at: at + 1, start: start, minutes: number(5..<30))
            if chance(30) { act(at: at + 2, label, .cancel) }
            if chance(30) {
                let late = customer()
                add(at: at + 3, late, .listen(socket: "late-\(index)"))
            }
        }
    }

    /// All of the above at once, with faults.
    mutating func everything(_ count: Int) {
        var labels: [String] = []
        for index in 0..<count {
            let at = instant(0..<until * 2 / 3)
            let start = at + instant(1000..<3 * Self.hour)
            let key = chance(40) ? "key-\(index)" : nil
            let label = book(
                at: at, provider: number(1..<settings.providers), start: start, minutes: number(5..<60), key: key,
                retryOn: key == nil ? nil : replica())
            labels.append(label)
            if settings.isPendingFirst { act(at: at + 1, label, chance(80) ? .confirm : .decline) }
            for _ in 0..<number(0..<3) {
                let later = at + instant(2..<max(start - at, 3) + Self.hour)
                switch number(0..<8) {
                case 0, 1: act(at: later, label, .cancel, key: chance(30) ? "c-\(index)" : nil, retryOn: replica())
                case 2, 3:
                    act(
                        at: later, label, .reschedule, start: later + instant(1000..<2 * Self.hour),
                        minutes: number(5..<60), match: chance(30) ? number(1..<4) : nil)
                case 4: act(at: later, label, pick([.complete, .noShow]))
                case 5: add(at: later, pick([.admin, customer(), .provider(provider())]), .read(booking: label))
                case 6: add(at: later, .admin, .list("/bookings/upcoming?limit=20"))
                default: add(at: later, .admin, .history(booking: label))
                }
            }
        }
        for _ in 0..<6 {
            overlappingBurst(at: instant(0..<until / 2))
            add(at: instant(0..<until), .admin, .partition)
            add(at: instant(0..<until), .admin, .walk(list: "/bookings", limit: number(1..<20), between: []))
        }
        for _ in 0..<10 { inject(pick(Fault.drawnByScenarios)) }
    }

    private mutating func overlappingBurst(at instant: Int64) {
        let rivals = (0..<number(2..<8)).map { _ in
            operation(
                customer(),
                .create(
                    booking: label(), provider: 0, start: instant + Self.hour + Int64(number(0..<60)) * Self.minute,
                    minutes: number(5..<60), key: nil))
        }
        add(at: instant, race: .free, rivals)
    }
}
