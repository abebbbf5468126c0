import Bookings

extension SimulationRun {
    /// How often arrivals are counted before the sockets are pinged instead.
    private static let countingAttempts = 2000

    /// Waits until nothing is under way any more, on the replicas and on every socket.
    func barrier() async throws {
        var hasReconnected = false
        // Each socket connects at most once at an instant: a replica without its store refuses it every time.
        var attempted: Set<String> = []
        repeat {
            let progress = try await cluster.rest()
            let dead = try await cluster.reap()
            for replica in dead { await closeSockets(of: replica) }
            if hasReconnected || !dead.isEmpty { received = nil }
            // The other replicas read the log when one of them is gone.
            try await receive(dead.isEmpty ? progress : try await cluster.rest())
            hasReconnected = try await reconnect(&attempted)
        } while hasReconnected
        collectFrames()
        await keepLog()
        trace.barrier()
    }

    /// Moves virtual time to the instant, stopping at every timer on the way.
    func advance(to instant: Timestamp) async throws {
        while try await cluster.turn(upTo: instant) { try await barrier() }
    }

    /// Returns when everything was received that the replicas sent.
    private func receive(_ progress: [DeliveryProgress]) async throws {
        guard progress != received else { return }
        var progress = progress
        if await !hasArrived(progress) {
            var before: [DeliveryProgress] = []
            while progress != before {
                before = progress
                await pingSockets()
                progress = try await cluster.rest()
            }
        }
        received = progress
        deliveries.settle(progress, received: recorder.received)
    }

    /// Whether everything has arrived, or does within a moment; `false` also when counting cannot tell.
    private func hasArrived(_ progress: [DeliveryProgress]) async -> Bool {
        guard received != nil, !plan.settings.isProxied, await !cluster.isFaulty else { return false }
        for _ in 0..<Self.countingAttempts {
            if deliveries.areComplete(progress, received: recorder.received) { return true }
            await Task.yield()
        }
        return false
    }

    private func pingSockets() async {
        var clients: [SocketClient] = []
        for socket in sockets.values {
            if let client = socket.client, !socket.isStalled, await cluster.answers(socket.replica) {
                clients.append(client)
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { try? await client.ping() } }
        }
    }

    private func collectFrames() {
        for (frame, provider) in recorder.takeFrames() {
            history.frames.append(frame)
            if participants.isRacy(provider) { continue }
            note([
                "at": RFC3339.string(frame.receivedAt), "booking": frame.booking?.description ?? "",
                "event": frame.event, "late": frame.isLate ? "late" : "", "name": frame.name,
                "socket": frame.socket, "start": RFC3339.string(frame.start),
            ])
        }
    }
}
