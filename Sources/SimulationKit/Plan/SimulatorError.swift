/// Why a run has no verdict. Each case has an exit code of its own.
package enum SimulatorError: Error, CustomStringConvertible {
    /// The arguments do not fit together.
    case usage(String)
    /// PostgreSQL, Redis or the target cannot be reached; the reason names which.
    case servicesMissing(String)
    /// A replica ended although no fault of the plan ended it; the reason names the replica.
    case crashed(String)

    /// The message that the command prints.
    package var description: String {
        switch self {
        case .usage(let reason): reason
        case .servicesMissing(let reason): reason
        case .crashed(let reason): reason
        }
    }
}
