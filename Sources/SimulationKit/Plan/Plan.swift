import Bookings

/// Everything that a run does: generated from a seed before the run starts, saved as JSON, replayed and shrunk.
///
/// A run is a function of its plan and seed. Instants are in milliseconds since the beginning of the run.
package struct Plan: Codable, Hashable, Sendable {
    /// The workload from which the plan was generated.
    package var scenario: Scenario
    /// The seed of all ids and random choices.
    package var seed: UInt64
    /// The configuration of the service and its clients.
    package var settings: Settings
    /// The steps in ascending order of their instants.
    package var steps: [Step]
    /// The name of the mutant that is planted; `nil` for the service as it is.
    package var mutant: String?
    /// The name of the scenario file that the plan was read from; `nil` for a plan that was drawn.
    package var name: String?
    /// What the scenario file expects.
    package var expectations: [Expectation]?
}

extension Plan {
    /// The name of the workload.
    package var title: String { name ?? scenario.rawValue }

    /// The number of operations of all steps, faults included.
    package var size: Int { steps.reduce(0) { $0 + $1.operations.count } }

    /// All operations, including those between the pages of a walk.
    package var operations: [Operation] { steps.flatMap(\.operations).flatMap(\.withNested) }
}

/// The operations that are executed at one instant, all of them at once.
package struct Step: Codable, Hashable, Sendable {
    /// How the operations of a step depend on each other.
    package enum Race: String, Codable, Sendable {
        /// The operations commute: each has the same outcome in any order. Each answer is part of the trace.
        case none
        /// The operations compete and are alike: the same number succeeds in any order. Their statuses are in the trace.
        case alike
        /// The outcome depends on the order. The checkers judge it, and the trace leaves it out.
        case free
    }

    /// The instant, in milliseconds since the beginning of the run.
    package var at: Int64
    /// How the outcomes depend on the order of execution.
    package var race = Race.none
    /// The operations, which start together.
    package var operations: [Operation]
}
