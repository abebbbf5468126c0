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

    @Test func `what the failure does not need is taken out, and no fault is left unhealed`() async {
        let hold = Verb.fault(Fault.holdReminders.beginning(on: .replica(0)))
        let release = Verb.fault(Fault.holdReminders.healing(on: .replica(0)))
        let whole = plan([.partition, hold, .read(booking: "b"), release, .partition, .read(booking: "c")])
        // The read breaks it, and so does a hold without its end, which the whole plan does not have.
        let shrinker = Shrinker(plan: whole, invariant: "x") { candidate in
            candidate.unhealedFaults > 0 || candidate.steps.contains { $0.operations[0].verb == .read(booking: "b") }
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

    @Test func `a fault window that the plan does not close counts as unhealed`() {
        let busDown = Verb.fault(Fault.busDown.beginning(on: .redis))
        let busUp = Verb.fault(Fault.busDown.healing(on: .redis))
        let storeUp = Verb.fault(Fault.storeDown.healing(on: .replica(0)))
        let pause = Verb.fault(Fault.pause.beginning(on: .replica(0)))
        let resume = Verb.fault(Fault.pause.healing(on: .replica(1)))
        #expect(plan([busDown, busUp]).unhealedFaults == 0)
        #expect(plan([busDown, storeUp]).unhealedFaults == 1)
        #expect(plan([pause, resume]).unhealedFaults == 1)
    }
}
