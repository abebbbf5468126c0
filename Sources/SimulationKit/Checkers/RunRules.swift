import Bookings

/// What holds of the run as a whole.
enum RunRules {
    static func auth(_ history: History) -> [Finding] {
        let answers = history.calls.compactMap { call -> Finding? in
            guard case .flawedToken(let flaw) = call.kind, call.isSuccess else { return nil }
            return Finding("\(call.request) got \(call.status ?? 0) with a token that is \(flaw.rawValue)", at: call.at)
        }
        return answers + history.falseSockets.map { Finding("a socket opened with a token that is \($0.rawValue)") }
    }

    static func converge(_ history: History) -> [Finding] {
        history.restless.map { Finding($0, at: history.endedAt) }
    }

    /// What became of the calls that were acknowledged around a shutdown, `durable` says.
    static func drain(_ history: History) -> [Finding] {
        history.drained.map { Finding("\($0) got no answer from a replica that ended in order") }
    }
}
