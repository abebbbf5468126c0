import Bookings

/// The result of a run: the verdict, and enough to repeat the run.
package struct RunResult: Codable, Sendable {
    /// How the run ended.
    package enum Outcome: String, Codable, Sendable {
        case passed
        case violated
        /// The service did not come to rest after the last heal.
        case noConvergence = "no-convergence"
        /// A replica ended without being told to.
        case crashed
    }

    package var plan: Plan
    package var violations: [Violation]
    /// How often each coverage mark was reached, by the mark's name.
    package var marks: [String: Int]
    package var figures: Figures
    /// The hash of the trace, in hexadecimal.
    package var traceHash: String
    package var commit: String
    package var swiftVersion: String
    package var outcome: Outcome
}
