import Bookings

extension Checker {
    /// Reads the attempts with a token that has exactly one flaw, over HTTP and as a socket.
    static let auth = Checker("auth", "No flawed token is answered with success or opens a socket.") { history in
        let answers = history.calls.compactMap { call -> Anomaly? in
            guard case .flawedToken(let flaw) = call.kind, call.isSuccess else { return nil }
            return Anomaly(
                "\(call.request) was answered \(call.status ?? 0) with a token with the flaw \(flaw.rawValue)",
                at: call.at)
        }
        return answers
            + history.flawedTokenSockets.map { Anomaly("a socket opened with a token with the flaw \($0.rawValue)") }
    }

    /// Reads what the run recorded of replicas that stayed busy or were not ready after the last heal.
    static let converge = Checker(
        "converge", "After the last heal the service comes to rest and is ready.", acceptsAbortedRuns: true
    ) { history in
        history.convergenceFailures.map { Anomaly($0, at: history.endedAt) }
    }

    /// Reads the requests that a shutdown left without an answer. What was acknowledged around it is left to `durable`.
    static let drain = Checker(
        "drain", "A replica that is shut down answers the requests that it accepted.", acceptsAbortedRuns: true
    ) { history in
        history.unansweredAtShutdown.map { Anomaly("\($0) got no answer from a replica that was shut down") }
    }
}
