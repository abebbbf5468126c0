/// Why a load test cannot run.
package enum LoadError: Error, CustomStringConvertible {
    /// The service did not respond to a request that prepares the load as it must.
    case unusable(request: String, response: String)
    case noLead
    /// A process with a part of the load ended.
    case workerEnded(String)

    package var description: String {
        switch self {
        case .unusable(let request, let response): "\(request) was answered by \(response)"
        case .noLead: "GET /health does not tell the reminder lead: give it by --lead"
        case .workerEnded(let reason): "a worker ended: \(reason)"
        }
    }

    /// The message for an operator.
    package static func describe(_ error: any Error) -> String {
        switch error {
        case let error as LoadError: error.description
        case LoadFailure.tlsFailed:
            "TLS failed: the certificate is not trusted for this name (--insecure accepts any), or the port has no TLS"
        default: LoadFailure.reason(error)
        }
    }
}
