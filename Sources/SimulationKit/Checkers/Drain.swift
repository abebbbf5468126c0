extension Checker {
    /// Reads the requests that a shutdown left without an answer. What was acknowledged around it is left to `durable`.
    static let drain = Checker(
        "drain", "A replica that is shut down answers the requests that it accepted.", acceptsAbortedRuns: true
    ) { history in
        history.unansweredAtShutdown.map { Anomaly("\($0) got no answer from a replica that was shut down") }
    }
}
