import ArgumentParser
import SimulationKit

/// The exit statuses of the simulator.
enum ExitStatus: Int32 {
    case passed = 0
    /// An invariant is violated.
    case violated = 1
    /// The service did not come to rest, or a checker came to no result.
    case noConvergence = 2
    /// A replica ended by itself.
    case crashed = 3
    /// Two runs of one plan have different traces.
    case notDeterministic = 4
    /// A mutant was not caught.
    case mutantSurvived = 5
    /// A coverage mark was not reached.
    case markNotReached = 6
    /// An objective of a load test was missed.
    case objectiveMissed = 7
    /// The arguments are invalid.
    case usage = 64
    /// PostgreSQL, Redis or the service under load is not available.
    case servicesMissing = 69
    /// The simulator itself failed.
    case simulatorBug = 70

    var code: ExitCode { ExitCode(rawValue) }
}

extension ExitStatus {
    init(of outcome: RunResult.Outcome) {
        self =
            switch outcome {
            case .passed: .passed
            case .violated: .violated
            case .noConvergence, .undecided: .noConvergence
            case .crashed: .crashed
            }
    }

    init(of error: SimulatorError) {
        self =
            switch error {
            case .usage: .usage
            case .servicesMissing: .servicesMissing
            case .crashed: .crashed
            }
    }
}
