import Synchronization
import Testing

@testable import SimulationKit

@Suite("The shrinker") struct ShrinkerTests {
    private func plan(_ verbs: [Verb]) -> Plan {
        let steps = verbs.enumerated().map { index, verb in
            Step(at: Int64(index), operations: [Operation(name: "o\(index)", caller: .world, verb: verb)])
        }
        return Plan(scenario: .reminders, seed: 1, settings: Settings(begin: 0, until: 1000), steps: steps)
    }

    @Test func `what the failure does not need is taken out, and no fault is left unmended`() async {
        let hold = Verb.fault(.holdReminders(replica: 0))
        let release = Verb.fault(.releaseReminders(replica: 0))
        let whole = plan([.partition, hold, .read(booking: "b"), release, .partition, .read(booking: "c")])
        // Broken by the read; and by a hold without its end, which the whole plan has not.
        let shrinker = Shrinker(plan: whole, invariant: "x") { candidate in
            candidate.unmended > 0 || candidate.steps.contains { $0.operations[0].verb == .read(booking: "b") }
        }
        let small = await shrinker.shrink(until: .now + .seconds(60))
        #expect(small.steps.map(\.operations[0].verb) == [.read(booking: "b")])
    }

    @Test func `what does not fail in every run is tried again`() async {
        let whole = plan([.read(booking: "a"), .read(booking: "b"), .read(booking: "c")])
        let asked = Mutex<[Plan: Int]>([:])
        // Each plan with the read of b shows its failure in every second run.
        let shrinker = Shrinker(plan: whole, invariant: "x") { candidate in
            let times = asked.withLock { asked in
                asked[candidate, default: 0] += 1
                return asked[candidate] ?? 0
            }
            return times % 2 == 0 && candidate.steps.contains { $0.operations[0].verb == .read(booking: "b") }
        }
        let small = await shrinker.shrink(until: .now + .seconds(60))
        #expect(small.steps.map(\.operations[0].verb) == [.read(booking: "b")])
    }

    @Test func `a trouble that nothing mends is unmended`() {
        #expect(plan([.fault(.busDown), .fault(.busUp)]).unmended == 0)
        #expect(plan([.fault(.busDown), .fault(.storeUp(replica: 0))]).unmended == 1)
        #expect(plan([.fault(.pause(replica: 0)), .fault(.resume(replica: 1))]).unmended == 1)
    }
}
