import Bookings
import SimulationKit

#if canImport(Glibc)
    import Glibc
#endif

/// What a load is to do: a function of the seed, whatever the service makes of it.
package struct LoadPlan: Sendable, Sequence {
    let seed: UInt64
    /// Requests a second, on average.
    let rate: Double
    let duration: Duration
    let mix: LoadMix
    let providers: Int
    /// The share of creates that ask for a slot that is taken; 0 to 1.
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

    /// A request, with the instant at which it is to be sent however busy the service is.
    package struct Arrival: Hashable, Sendable {
        /// Since the beginning.
        let due: Duration
        let kind: LoadKind
        let provider: Int
        /// Of a create: which of the provider's slots. Each is asked for once, but for 0, which was booked before the
        /// load began.
        let slot: Int
        /// Of a create: asks for slot 0, on purpose.
        var isConflict: Bool { kind == .create && slot == 0 }
        /// Of a read: which of the known bookings, as a share of their number; 0 up to 1.
        let pick: Double
    }

    package func makeIterator() -> Iterator { Iterator(plan: self) }

    /// Each part draws from its own stream: another mix leaves the instants as they are.
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

        /// A Poisson process: gaps between independent clients are exponential.
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
