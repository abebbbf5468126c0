/// Why a run has no verdict. Each case has an exit code of its own.
package enum SimulatorError: Error, CustomStringConvertible {
    /// The arguments do not fit together.
    case usage(String)
    /// PostgreSQL, Redis or the target cannot be reached.
    case servicesMissing(String)
    /// A replica ended without being told to.
    case crashed(String)

    /// The message that the command prints.
    package var description: String {
        switch self {
        case .usage(let reason): reason
        case .servicesMissing(let reason): "PostgreSQL and Redis are not available: \(reason)"
        case .crashed(let reason): "a replica ended unexpectedly: \(reason)"
        }
    }
}
