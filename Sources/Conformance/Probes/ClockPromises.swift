import Bookings

extension Promise {
    /// What takes a day.
    static let clock = [
        Promise(
            .rest, "idempotency-day", "A key is replayed for 24 hours, and can be used anew after them.", .movesClock,
            probe: keepsKeys)
    ]

    private static func keepsKeys(_ probe: Probe) async throws {
        let (provider, customer) = (probe.service.identifier(), probe.service.identifier())
        let key = [("Idempotency-Key", probe.service.identifier())]
        // Tokens live shorter than a day.
        func create(_ minutes: Int64) async throws -> Exchange {
            try await probe.create(
                probe.service.people.person("provider", provider, [.provider]),
                by: probe.service.people.person("customer", customer, [.customer]),
                from: probe.tomorrow(plus: minutes), headers: key)
        }
        let begin = probe.service.clock.now()
        let first = try await create(0)
        try probe.expect(first, probe.profile.status(.created), "a booking of a free slot was refused")
        let again = try await create(0)
        try probe.offered(again.text == first.text, "idempotency keys are ignored")
        try await probe.reach(begin + .seconds(86_400 - 60))
        let late = try await create(0)
        try probe.require(late.text == first.text, "a key was not replayed a minute before its day ended", first, late)
        try await probe.reach(begin + .seconds(86_400 + 60))
        let after = try await create(60)
        try probe.require(
            after.status == probe.profile.status(.created), "a key cannot be used anew a minute after its day", first,
            after)
    }
}
