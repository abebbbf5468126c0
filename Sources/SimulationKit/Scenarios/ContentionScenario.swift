import Bookings

// The scenario about operations on the same bookings and slots at once.

extension PlanBuilder {
    /// Pairs of bookings that exchange their slots, bookings that move to a slot that another leaves, and changes of one
    /// booking by several callers, with reads and lists meanwhile.
    mutating func contention(_ count: Int) {
        let rounds = max(count / 4, 1)
        for index in 0..<rounds {
            let at = Int64(index) * until / 2 / Int64(rounds)
            let provider = pick(settings.racyProviders)
            // Each round has hours of its own.
            let base = at + until + Int64(index) * 12 * Self.hour
            let first = book(at: at, provider: provider, start: base, minutes: 30)
            let second = book(at: at + 1, provider: provider, start: base + 30 * Self.minute, minutes: 30)
            exchange(at: at + 1000, first, second, base: base)
            follow(at: at + 2000, first, second, provider: provider, base: base)
            change(at: at + 3000, first, base: base)
            refusals(at: at + 4000, provider: provider, base: base)
        }
    }

    /// Each of two bookings asks for the slot of the other, on one replica: in any order both are refused.
    private mutating func exchange(at instant: Int64, _ first: String, _ second: String, base: Int64) {
        let replica = replica()
        let moves = [(first, base + 30 * Self.minute), (second, base)].map { label, start in
            operation(.admin, reschedule(label, to: start, match: nil), replica: replica)
        }
        add(at: instant, race: .free, moves)
    }

    /// One booking moves on, and another one and a new one ask for the slot that it leaves.
    private mutating func follow(at instant: Int64, _ first: String, _ second: String, provider: Int, base: Int64) {
        add(
            at: instant, race: .free,
            [
                operation(.admin, reschedule(second, to: base + 2 * Self.hour, match: nil)),
                operation(.admin, reschedule(first, to: base + 30 * Self.minute, match: nil)),
                operation(
                    customer(),
                    .create(
                        booking: label(), provider: provider, start: base + 40 * Self.minute, minutes: 20, key: nil)),
                operation(.provider(provider), .list("/bookings?limit=100")),
                operation(.admin, .read(booking: second)),
            ])
    }

    /// Several callers change one booking, some of them a version that they name.
    private mutating func change(at instant: Int64, _ label: String, base: Int64) {
        var operations = (1...3).map { number in
            operation(
                .admin,
                reschedule(label, to: base + Int64(3 + number) * Self.hour, match: chance(50) ? number : nil))
        }
        operations.append(
            operation(
                .admin,
                .act(
                    booking: label, action: pick([.cancel, .confirm]), start: nil, minutes: nil,
                    match: chance(50) ? number(1..<4) : nil, key: nil)))
        operations += [operation(.admin, .read(booking: label)), operation(.admin, .history(booking: label))]
        add(at: instant, race: .free, operations)
        // A version that is outdated for certain.
        add(at: instant + 1, .admin, reschedule(label, to: base + 10 * Self.hour, match: 1))
    }

    /// Requests one after the other that are refused, with what is in the way and the next free slot.
    private mutating func refusals(at instant: Int64, provider: Int, base: Int64) {
        for index in 0..<3 {
            _ = book(
                at: instant + Int64(index), provider: provider, start: base + Int64(number(0..<180)) * Self.minute,
                minutes: number(10..<90))
        }
    }

    private func reschedule(_ label: String, to start: Int64, match: Int?) -> Verb {
        .act(booking: label, action: .reschedule, start: start, minutes: 30, match: match, key: nil)
    }
}
