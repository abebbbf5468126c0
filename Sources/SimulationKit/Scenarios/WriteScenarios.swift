import Bookings

// Scenarios about concurrent writes.

extension PlanBuilder {
    /// Requests repeated with one key: in bursts, on other replicas, after lost answers and crashes.
    mutating func dedupe(_ count: Int) {
        for index in 0..<count {
            let at = Int64(index) * until / 2 / Int64(count)
            let start = at + Self.hour + Int64(number(0..<120)) * Self.minute
            let provider = index % settings.providers
            let caller = customer()
            // Without a key a repeated request creates another booking, which needs a later slot.
            let kind = number(0..<4)
            let key = kind < 2 || chance(80) ? "key-\(index)" : nil
            let label = label()
            let verb = Verb.create(booking: label, provider: provider, start: start, minutes: 20, key: key)
            switch kind {
            case 0, 1:
                // The requests are identical: whichever wins, the booking has the same id.
                let name = name("burst")
                let burst = (0..<12).map { Operation(name: name, caller: caller, replica: $0 % replicas, verb: verb) }
                add(at: at, race: .alike, burst)
            case 2:
                begin(.lostAnswer, on: .replica(0), at: at)
                add(at: at, caller, verb, replica: 0, retryOn: key == nil ? nil : 1 % replicas)
                heal(.lostAnswer, on: .replica(0), at: at + 5000)
            default:
                let crash = Fault.crash(chance(50) ? .writeBefore : .writeAfter)
                begin(crash, on: .replica(0), amount: 1, at: at)
                add(at: at, caller, verb, replica: 0, retryOn: key == nil ? nil : replicas - 1)
                heal(crash, on: .replica(0), at: at + 5000)
            }
            // The same request later; another body with the same key; the cancel repeated with one key.
            add(at: at + 20_000, caller, verb)
            if chance(30), let key {
                let other = Verb.create(
                    booking: self.label(), provider: provider, start: start + Self.hour, minutes: 20, key: key)
                add(at: at + 30_000, caller, other)
            }
            if chance(40) {
                for repeated in 0..<2 {
                    act(at: at + 40_000 + Int64(repeated), label, .cancel, key: "cancel-\(index)", by: caller)
                }
            }
        }
    }

    /// Races for slots that overlap, that touch, and that become free during the race.
    mutating func doubleBooking(_ count: Int) {
        for index in 0..<count {
            let at = Int64(index) * until / 2 / Int64(count)
            let base = at + 2 * Self.hour
            switch number(0..<4) {
            case 0: overlapping(at: at, base: base)
            case 1: touching(at: at, base: base + until)
            case 2: freeing(at: at, base: base)
            default:
                // One after the other: the second is refused, with the blocking slot.
                let provider = number(2..<settings.providers)
                _ = book(at: at, provider: provider, start: base, minutes: 30)
                _ = book(at: at + 1, provider: provider, start: base + 10 * Self.minute, minutes: 10)
            }
        }
    }

    /// Races for the slots of the providers that are set aside for them.
    private mutating func overlapping(at instant: Int64, base: Int64) {
        let provider = pick(settings.racyProviders)
        let rivals = (0..<number(2..<12)).map { _ in
            operation(
                customer(),
                .create(
                    booking: label(), provider: provider, start: base + Int64(number(-40..<40)) * Self.minute,
                    minutes: number(5..<60), key: nil))
        }
        add(at: instant, race: .free, rivals)
    }

    private mutating func touching(at instant: Int64, base: Int64) {
        let provider = number(2..<settings.providers)
        let first = base + Int64(number(0..<10_000)) * Self.hour
        let slots = (0..<10).map { index in
            operation(
                customer(),
                .create(
                    booking: label(), provider: provider, start: first + Int64(index) * 5 * Self.minute, minutes: 5,
                    key: nil))
        }
        add(at: instant, slots)
    }

    /// A slot becomes free in the burst in which others request it.
    private mutating func freeing(at instant: Int64, base: Int64) {
        let provider = pick(settings.racyProviders)
        let held = book(at: instant, provider: provider, start: base + until, minutes: 30)
        var burst = [
            operation(
                .admin,
                chance(50)
                    ? .act(booking: held, action: .cancel, start: nil, minutes: nil, match: nil, key: nil)
                    : .act(
                        booking: held, action: .reschedule, start: base + until + Self.hour, minutes: 30, match: nil,
                        key: nil))
        ]
        for _ in 0..<5 {
            burst.append(
                operation(
                    customer(),
                    .create(booking: label(), provider: provider, start: base + until, minutes: 30, key: nil)))
        }
        add(at: instant + 1, race: .free, burst)
    }

    /// Replicas are shut down one after the other in the middle of bursts, as in a rolling deployment.
    package mutating func shutdown(_ count: Int) {
        for index in 0..<count {
            let at = Int64(index) * until / 2 / Int64(count)
            let replica = index % replicas
            // The outcome of requests during a shutdown is not determined.
            let isShutdown = index % 4 == 0
            var burst = (0..<6).map { place in
                operation(
                    customer(),
                    .create(
                        booking: label(), provider: place % 2 + (isShutdown ? 0 : 2),
                        start: at + Self.hour + Int64(index * 6 + place) * Self.minute / 2, minutes: 1,
                        key: "deploy-\(index)-\(place)"),
                    replica: replica, retryOn: (replica + 1) % replicas)
            }
            guard isShutdown else {
                add(at: at, race: .none, burst)
                continue
            }
            if settings.world != .remote {
                burst.append(
                    Operation(
                        name: name("f"), caller: .world,
                        verb: .fault(Fault.shutdown.beginning(on: .replica(replica)))))
            }
            add(at: at, race: .free, burst)
            heal(.shutdown, on: .replica(replica), at: at + 10_000)
        }
    }
}
