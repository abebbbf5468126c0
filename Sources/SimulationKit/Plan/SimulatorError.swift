/// Why there is no verdict, with the exit code that says so.
package enum SimulatorError: Error, CustomStringConvertible {
    case usage(String)
    case servicesMissing(String)
    case crashed(String)

    package var description: String {
        switch self {
        case .usage(let text): text
        case .servicesMissing(let text): "PostgreSQL and Redis cannot be had: \(text)"
        case .crashed(let text): "a replica ended by itself: \(text)"
        }
    }
}
