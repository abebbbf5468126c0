import Bookings
import Logging
import NIOCore
import ServiceLifecycle

/// The steps of a graceful shutdown, in their order.
extension HTTPServer {
    /// How often open connections are looked at.
    private static let pollInterval = TimeAmount.milliseconds(20)
    /// The work that a shutdown waits for. Loops are not among it: they are stopped after the server, and run until then.
    private static let awaitedWork: Set<InFlightWork.Kind> = [.request, .publish, .delivery]

    /// Begins the grace period: every response from now on closes its connection.
    func drain() {
        let wasDraining = state.withLock { state in
            defer { state.isDraining = true }
            return state.isDraining
        }
        guard !wasDraining else { return }
        _ = group.any().scheduleTask(in: .init(options.grace)) { [weak self] in self?.cutConnections() }
        for (loop, registry) in registries { loop.execute { registry.value.drain() } }
    }

    /// Serves all requests for a while, unless the grace period ends before.
    func continueServing(for delay: Duration) async {
        guard delay > .zero else { return }
        let trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
        let isCutOff = state.withLock { state in
            state.delay = trigger
            return state.isCutOff
        }
        if !isCutOff { await trigger.wait(atMost: delay) }
        trigger.end()
    }

    /// Ends the grace period: what is left is cut off.
    func cutConnections() {
        let (cutOff, delay) = state.withLock { state in
            state.isCutOff = true
            return (state.cutOff, state.delay)
        }
        delay?.signal()
        cutOff?.finish()
    }

    /// Waits for a graceful shutdown, then drains and stops to accept connections, unless that has been done.
    func stopOnGracefulShutdown() async {
        // Throws when the task is cancelled, because the server ended in another way.
        guard (try? await gracefulShutdown()) != nil else { return }
        drain()
        await stopAccepting()
    }

    /// Accepts the connections that have arrived, then closes the listening socket.
    ///
    /// No further connections arrive meanwhile. A client whose request for a connection was ignored repeats it after a
    /// second, and is refused then, as it would be had it come later.
    func stopAccepting() async {
        guard let listener = state.withLock({ $0.listener.take() }) else { return }
        await AcceptQueue.empty(listener)
        try? await listener.close()
        for (loop, registry) in registries { loop.execute { registry.value.closeIdleConnections() } }
    }

    /// Returns when no request can come any more, since every connection that is left is busy or carries a WebSocket, or
    /// when the grace period has ended. Call it after `stopAccepting`.
    func waitForIdleConnections() async {
        while !Task.isCancelled, !state.withLock(\.isCutOff) {
            var isAnyIdle = false
            for (loop, registry) in registries where !isAnyIdle {
                isAnyIdle = (try? await loop.submit { registry.value.hasIdleConnections }.get()) ?? false
            }
            guard isAnyIdle else { return }
            await pause()
        }
    }

    /// Returns when the shutdown has reached this service, if `stopAccepting` was called before: a service that ends earlier
    /// counts as failed.
    func waitForOwnShutdown() async {
        guard state.withLock({ $0.listener == nil }) else { return }
        try? await gracefulShutdown()
    }

    /// Returns when no connection is open and no work is in flight any more, or when the grace period has ended.
    func waitUntilDrained() async {
        let (cutOff, continuation) = AsyncStream.makeStream(of: Void.self)
        let isCutOff = state.withLock { state in
            state.cutOff = continuation
            return state.isCutOff
        }
        if isCutOff { return }
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.waitForConnections()
                // A request goes on after its client has left: a write that was begun is finished.
                _ = await self.inFlightWork.waitUntilIdle(
                    Self.awaitedWork, within: self.options.grace, on: self.clock)
                continuation.finish()
            }
            for await _ in cutOff {}
            group.cancelAll()
        }
    }

    /// Returns when no connection is open any more, or the task is cancelled.
    private func waitForConnections() async {
        while !counter.isEmpty, !Task.isCancelled { await pause() }
    }

    private func pause() async {
        try? await group.any().scheduleTask(in: Self.pollInterval) {}.futureResult.get()
    }

    /// Closes the connections that are left, and logs what is lost: what their clients were doing, and the work in
    /// flight, which ends with the process.
    func closeConnections() async {
        // Without a cut-off all work was waited for; what is in flight now began since, for no client.
        let work = inFlightWork.snapshot(of: state.withLock(\.isCutOff) ? Self.awaitedWork : [])
        var activities: [HTTPConnectionState.Activity: Int] = [:]
        for (loop, registry) in registries {
            let closed = try? await loop.submit { registry.value.closeAll() }.get()
            activities.merge(closed ?? [:], uniquingKeysWith: +)
        }
        let losses = activities.filter { $0.key.losesData }.sorted { $0.key.rawValue < $1.key.rawValue }
        guard !losses.isEmpty || !work.isIdle else { return }
        let connections = losses.map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
        logger.warning(
            "Connections or work in flight were cut off at the end of the shutdown.",
            metadata: ["connections": "\(connections.isEmpty ? "none" : connections)", "in_flight": "\(work)"])
    }
}
