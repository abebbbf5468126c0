import Bookings
import NIOCore

/// The functions that HTTP requests call, on any thread.
extension PollingTransport {
    /// This many packets of a POST are handled in one turn of the event loop, which other sessions wait for.
    private static var packetsOfOneTurn: Int { 100 }

    // MARK: - GET

    /// Answers the first GET: opens the session and returns its open packet.
    func open() async -> PollingResponse {
        await respond { poll in
            self.state.openingPollBegan(poll)
            self.connection.open(on: self, upgrades: ["websocket"])
        }
    }

    /// Answers a GET when there are packets. Cancelling the task means that the client is gone, and ends the session.
    func get() async -> PollingResponse {
        await respond { poll in
            let isCancelled = poll.isCancelled.load(ordering: .sequentiallyConsistent)
            self.perform(self.state.pollBegan(poll, isCancelled: isCancelled))
        }
    }

    /// While a GET waits it does not count as in-flight work.
    private func respond(_ begin: @escaping @Sendable (Poll) -> Void) async -> PollingResponse {
        gateway.inFlightWork.end(.request)
        let poll = Poll()
        return await withTaskCancellationHandler {
            await onLoop { continuation in
                poll.continuation.withLock { $0 = continuation }
                begin(poll)
            }
        } onCancel: {
            poll.isCancelled.store(true, ordering: .sequentiallyConsistent)
            loop.execute { self.perform(self.state.pollCancelled(poll)) }
        }
    }

    // MARK: - POST

    /// The head of a POST has come. Call it once for each `post`, `failPost` or `bodyAborted`.
    func bodyBegan() {
        loop.execute { self.perform(self.state.postBegan()) }
    }

    /// The connection ended before the body did.
    func bodyAborted() {
        loop.execute { self.perform(self.state.postAborted()) }
    }

    /// Answers a POST. `body`: `nil` when it is too large; the session continues without it.
    func post(_ body: [UInt8]?) async -> PollingResponse {
        guard let body else { return await endPost(.tooLarge) }
        if let refusal = await onLoop({ $0.resume(returning: self.state.refusal) }) {
            return await endPost(.refused(refusal))
        }
        // The task began on an event loop; after the hop this parses on another thread.
        guard let packets = EngineIOPayload.packets(in: body) else { return await failPost() }
        var rest = packets[...]
        while !rest.isEmpty {
            let slice = rest.prefix(Self.packetsOfOneTurn)
            rest = rest.dropFirst(slice.count)
            await onLoop { (done: CheckedContinuation<Void, Never>) in
                if self.state.refusal == nil { self.connection.receive(slice) }
                done.resume()
            }
        }
        return await endPost(.ok)
    }

    /// Answers a POST whose body is not one of Engine.IO, which ends the session.
    func failPost() async -> PollingResponse {
        await onLoop { (response: CheckedContinuation<PollingResponse, Never>) in
            self.perform(self.state.postFailed())
            response.resume(returning: .refused(.badRequest))
        }
    }

    private func endPost(_ response: PollingResponse) async -> PollingResponse {
        await onLoop { (done: CheckedContinuation<PollingResponse, Never>) in
            self.state.postEnded()
            done.resume(returning: response)
        }
    }

    private func onLoop<Value: Sendable>(
        _ work: @escaping @Sendable (CheckedContinuation<Value, Never>) -> Void
    ) async -> Value {
        await withCheckedContinuation { continuation in loop.execute { work(continuation) } }
    }
}
