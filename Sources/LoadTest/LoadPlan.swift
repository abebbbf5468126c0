import Bookings
import SimulationKit

#if canImport(Glibc)
    import Glibc
#endif

/// The requests of a load test: a function of the seed, independent of the responses.
package struct LoadPlan: Sendable, Sequence {
    let seed: UInt64
    /// Requests a second, on average.
    let rate: Double
    let duration: Duration
    let mix: LoadMix
    let providers: Int
    /// The share of creates that request an occupied slot; 0 to 1.
    let conflicts: Double

    package init(
        seed: UInt64, rate: Double, duration: Duration, mix: LoadMix, providers: Int, conflicts: Double
    ) {
        self.seed = seed
        self.rate = rate
        self.duration = duration
        self.mix = mix
        self.providers = providers
        self.conflicts = conflicts
    }

    /// A request, and the instant at which it is sent, however slow the service is.
    package struct Arrival: Hashable, Sendable {
        /// The time since the beginning of the load.
        let due: Duration
        let kind: LoadKind
        let provider: Int
        /// Of a create: the number of the provider's slot. Each is requested once, except for 0, which was booked before the
        /// load began.
        let slot: Int
        /// Of a create: requests the occupied slot 0 on purpose.
        var isConflict: Bool { kind == .create && slot == 0 }
        /// Of a read: the booking, as a share of the number of existing ones; 0 up to 1.
        let pick: Double
    }

    package func makeIterator() -> Iterator { Iterator(plan: self) }

    /// Each part has its own random stream, so that another mix does not change the instants.
    package struct Iterator: IteratorProtocol {
        private let plan: LoadPlan
        private var gaps: SeededGenerator
        private var kinds: SeededGenerator
        private var picks: SeededGenerator
        private var nanoseconds = 0.0
        private var nextSlot: [Int]

        init(plan: LoadPlan) {
            self.plan = plan
            gaps = SeededGenerator(seed: plan.seed, for: "load gaps")
            kinds = SeededGenerator(seed: plan.seed, for: "load kinds")
            picks = SeededGenerator(seed: plan.seed, for: "load picks")
            nextSlot = [Int](repeating: 1, count: plan.providers)
        }

        /// A Poisson process: the gaps between requests of independent clients are exponentially distributed.
        package mutating func next() -> Arrival? {
            nanoseconds -= log(1 - Double.random(in: 0..<1, using: &gaps)) / plan.rate * 1e9
            let due = Duration.nanoseconds(Int64(nanoseconds))
            guard due < plan.duration else { return nil }
            let kind = plan.mix.draw(from: &kinds)
            let provider = Int.random(in: 0..<plan.providers, using: &picks)
            let pick = Double.random(in: 0..<1, using: &picks)
            var slot = 0
            if kind == .create, pick >= plan.conflicts {
                slot = nextSlot[provider]
                nextSlot[provider] += 1
            }
            return Arrival(due: due, kind: kind, provider: provider, slot: slot, pick: pick)
        }
    }
}
