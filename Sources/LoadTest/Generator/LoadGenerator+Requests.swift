import Bookings
import NIOCore

extension LoadGenerator {
    func start(_ arrival: LoadPlan.Arrival, _ now: NIODeadline) {
        let due = begin.advanced(by: arrival.due)
        let isMeasured = due >= measuredFrom
        guard inFlight < maximumInFlight else {
            if isMeasured { measures.leaveUnsent(arrival.kind, at: elapsed(now)) }
            second.failed += 1
            return
        }
        if isMeasured, arrival.kind != .session { measures.send(arrival.kind, lag: now.since(due)) }
        let provider = providers[arrival.provider / parts]
        guard arrival.kind != .session else { return startSession(arrival, provider, due, isMeasured) }
        let choice = provider.choose(arrival, due: due, now: clock.now(), soon: soon)
        send(choice, arrival.kind, provider, due, isMeasured) { _ in }
    }

    /// Sends a request and measures its latency from `due`: from when it had to be sent, not from when it was, which
    /// corrects for coordinated omission. `completion` learns whether the response was the expected one.
    func send(
        _ choice: RequestChoice, _ kind: LoadKind, _ provider: ProviderState, _ due: NIODeadline, _ isMeasured: Bool,
        _ completion: @escaping (Bool) -> Void
    ) {
        inFlight += 1
        second.sent += 1
        pool.send(choice.bytes, deadline: .now() + timeout) { outcome in
            self.inFlight -= 1
            self.measures.usage.exchanges += 1
            let now = NIODeadline.now()
            let isExpected = self.finish(outcome, choice, kind, provider, now.since(due), isMeasured, now)
            completion(isExpected)
            self.finishIfIdle()
        }
    }

    private func finish(
        _ outcome: LoadConnection.Outcome, _ choice: RequestChoice, _ kind: LoadKind, _ provider: ProviderState,
        _ latency: Duration, _ isMeasured: Bool, _ now: NIODeadline
    ) -> Bool {
        switch outcome {
        case .success(let response):
            let isExpected = response.status == choice.status
            second.record(latency)
            if isExpected { provider.apply(choice.effect, response.body, at: now) } else { second.failed += 1 }
            if isMeasured {
                measures.answer(
                    kind, status: response.status, isExpected: isExpected, latency: latency, at: elapsed(now))
            }
            return isExpected
        case .failure(let failure):
            second.failed += 1
            if isMeasured { measures.fail(kind, failure.description, at: elapsed(now)) }
            return false
        }
    }
}
