extension Checker {
    /// Reads what the run recorded of replicas that stayed busy or were not ready after the last heal.
    static let converge = Checker(
        "converge", "After the last heal the service comes to rest and is ready.", acceptsAbortedRuns: true
    ) { history in
        history.convergenceFailures.map { Anomaly($0, at: history.endedAt) }
    }
}
