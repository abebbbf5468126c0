import Bookings
import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

extension LoadGenerator {
    /// A user books, waits for the event if anything listens for it, thinks, and cancels.
    func startSession(
        _ arrival: LoadPlan.Arrival, _ provider: ProviderState, _ due: NIODeadline, _ isMeasured: Bool
    ) {
        openSessions += 1
        let choice = provider.choose(arrival, due: due, now: clock.now(), soon: nil)
        guard case .created(let number) = choice.effect else { preconditionFailure("A session creates a booking.") }
        let session = Session(provider: provider, due: due, isMeasured: isMeasured)
        if isMeasured { measures.send(.create, lag: NIODeadline.now().since(due)) }
        send(choice, .create, provider, due, isMeasured) { isCreated in
            guard isCreated, let id = provider.live.popLast() ?? provider.pending.popLast() else {
                return self.end(session, "session without a booking")
            }
            self.awaitEvent(number, session) { self.think(session, id) }
        }
    }

    private struct Session {
        let provider: ProviderState
        let due: NIODeadline
        let isMeasured: Bool
    }

    private func awaitEvent(_ number: Int, _ session: Session, _ next: @escaping () -> Void) {
        let provider = session.provider
        guard provider.listeners > 0, provider.creates[number].received == 0 else { return next() }
        provider.waiting[number] = next
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(settings.timeout.wholeMicroseconds * 1000)) {
            guard provider.waiting.removeValue(forKey: number) != nil else { return }
            self.end(session, "session without an event")
        }
    }

    private func think(_ session: Session, _ id: BookingID) {
        let active = NIODeadline.now().since(session.due)
        let pause = settings.think.inSeconds * -log(1 - Double.random(in: 0..<1, using: &thinking))
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(pause * 1e9))) {
            let due = NIODeadline.now()
            let bytes = session.provider.requests.action("/cancel", id)
            if session.isMeasured { self.measures.send(.cancel, lag: .zero) }
            let choice = RequestChoice(bytes: bytes, status: 200)
            self.send(choice, .cancel, session.provider, due, session.isMeasured) { isCancelled in
                guard isCancelled else { return self.end(session, "session without a cancellation") }
                self.end(session, latency: active + NIODeadline.now().since(due))
            }
        }
    }

    private func end(_ session: Session, _ reason: String) {
        openSessions -= 1
        if session.isMeasured { measures.fail(.session, reason, at: elapsed(.now())) }
        finishIfIdle()
    }

    private func end(_ session: Session, latency: Duration) {
        openSessions -= 1
        if session.isMeasured {
            measures.answer(.session, status: 200, isExpected: true, latency: latency, at: elapsed(.now()))
        }
        finishIfIdle()
    }
}
