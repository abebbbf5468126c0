import Bookings
import SimulationKit

#if canImport(Glibc)
    import Glibc
#endif

/// The requests of a load test: a function of the seed, independent of the responses.
package struct LoadPlan: Sendable, Sequence, Codable {
    let seed: UInt64
    let shape: LoadShape
    let mix: LoadMix
    let providers: Int
    /// The share of creates that request an occupied slot; 0 to 1.
    let conflicts: Double
    /// The part that this sequence holds: the requests of every `parts`-th provider. The parts together are the whole plan.
    var part = 0
    var parts = 1

    package init(seed: UInt64, shape: LoadShape, mix: LoadMix, providers: Int, conflicts: Double) {
        self.seed = seed
        self.shape = shape
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
        /// Of a create: requests the slot that was booked before the load began.
        let isConflict: Bool
        /// Of a request for a booking: which one, as a share of the number of existing ones; 0 up to 1.
        let pick: Double
    }

    package var duration: Duration { shape.duration }

    package func makeIterator() -> Iterator { Iterator(plan: self) }

    /// Each property has its own random stream, so that another mix does not change the instants.
    package struct Iterator: IteratorProtocol {
        private let plan: LoadPlan
        private let draw: LoadMix.Draw
        private var gaps: SeededGenerator
        private var kinds: SeededGenerator
        private var picks: SeededGenerator
        /// The expected number of arrivals up to the last one.
        private var expected = 0.0

        init(plan: LoadPlan) {
            self.plan = plan
            draw = LoadMix.Draw(plan.mix)
            gaps = SeededGenerator(seed: plan.seed, for: "load gaps")
            kinds = SeededGenerator(seed: plan.seed, for: "load kinds")
            picks = SeededGenerator(seed: plan.seed, for: "load picks")
        }

        /// A Poisson process, as independent clients make it: in units of the expected number of arrivals the gaps are
        /// exponentially distributed with mean 1.
        package mutating func next() -> Arrival? {
            while true {
                expected -= log(1 - Double.random(in: 0..<1, using: &gaps))
                guard let due = plan.shape.instant(of: expected) else { return nil }
                let kind = draw.next(from: &kinds)
                let provider = Int.random(in: 0..<plan.providers, using: &picks)
                let pick = Double.random(in: 0..<1, using: &picks)
                guard provider % plan.parts == plan.part else { continue }
                let isConflict = kind == .create && pick < plan.conflicts
                return Arrival(due: due, kind: kind, provider: provider, isConflict: isConflict, pick: pick)
            }
        }
    }
}
