import Bookings

/// The result of a run: the verdict, and enough to repeat the run.
package struct RunResult: Codable, Sendable {
    /// How the run ended.
    package enum Outcome: String, Codable, Sendable {
        case passed
        case violated
        /// The service did not come to rest after the last heal.
        case noConvergence = "no-convergence"
        /// No invariant is known to be violated, but a checker came to no result within its bound.
        case undecided
        /// A replica ended without being told to.
        case crashed
    }

    /// The plan, which replays the run.
    package var plan: Plan
    /// The violations that the checkers found.
    package var violations: [Violation]
    /// What no checker could decide within its bound.
    package var undecided: [String] = []
    /// How often each coverage mark was reached, by the mark's name.
    package var marks: [String: Int]
    /// The counts and durations.
    package var figures: Figures
    /// The hash of the trace, in hexadecimal.
    package var traceHash: String
    /// The commit from which the simulator was built.
    package var commit: String
    /// The compiler with which it was built.
    package var swiftVersion: String
    /// The verdict.
    package var outcome: Outcome
}
