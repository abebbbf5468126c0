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
}
