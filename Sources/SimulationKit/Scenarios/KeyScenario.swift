import Bookings

// The scenario about published keys.

extension PlanBuilder {
    private static let second: Int64 = 1000

    /// Keys are rotated one after the other: the next one is published beside the last, which is withdrawn after a
    /// while. Tokens of both, and of keys that nobody publishes, are presented around the instants that count.
    mutating func keys(_ count: Int) {
        let spacing = until / Int64(count + 1)
        for number in 0..<count {
            let at = Int64(number) * spacing + spacing / 4
            let (old, new) = ("key-\(number)", "key-\(number + 1)")
            _ = book(at: at - 1, provider: number % settings.providers, start: at + 2 * Self.hour, by: .customer(0))
            guard settings.hasKeyServer else { continue }
            presentEverywhere(old, at: at - Self.second)
            publish([old, new], at: at)
            for offset in [1, 2, 9 * Self.second] as [Int64] where chance(60) { present(new, at: at + offset) }
            presentEverywhere(new, at: at + 10 * Self.second)
            withdraw(old, leaving: new, at: at + spacing / 4)
            unknownKeys(at: at + spacing / 2)
        }
    }

    private mutating func withdraw(_ old: String, leaving new: String, at instant: Int64) {
        if chance(40) {
            let failure = pick([Fault.keysDown, .keysSlow, .keysWrong])
            begin(failure, on: .keyServer, at: instant - Int64(number(1..<30)) * Self.second)
            heal(failure, on: .keyServer, at: instant + Int64(number(1..<12)) * Self.minute)
        }
        publish([new], at: instant)
        for offset in [1, 300 * Self.second, 599 * Self.second] where chance(60) { present(old, at: instant + offset) }
        // Ten minutes later, and when an outage of the key server has ended in any case.
        for offset in [601 * Self.second, 14 * Self.minute] { presentEverywhere(old, at: instant + offset) }
        presentEverywhere(new, at: instant + 14 * Self.minute)
    }

    /// Tokens that name keys which nobody publishes, several within ten seconds.
    private mutating func unknownKeys(at instant: Int64) {
        let replica = replica()
        for _ in 0..<number(3..<8) {
            present("unknown-\(number(0..<3))", at: instant + self.instant(0..<15 * Self.second), on: replica)
        }
    }

    private mutating func publish(_ keys: [String], at instant: Int64) {
        add(at: instant, [Operation(name: name("k"), caller: .world, verb: .publishKeys(keys))])
    }

    private mutating func present(_ key: String, at instant: Int64, on replica: Int? = nil) {
        add(at: instant, .admin, .presentKey(key), replica: replica)
    }

    private mutating func presentEverywhere(_ key: String, at instant: Int64) {
        for replica in 0..<replicas { present(key, at: instant, on: replica) }
    }
}
