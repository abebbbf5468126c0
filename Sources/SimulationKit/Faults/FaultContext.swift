import Bookings

/// What faults act on in a running simulation.
package struct FaultContext: Sendable {
    let replicas: any ReplicaFaults
    let stores: any StoreFaults
    let sockets: any SocketFaults
    /// The key server of the run; `nil` without one.
    let keys: KeyServer?
    /// The receivers of the run's webhooks; `nil` without any.
    let receivers: WebhookReceivers?
}

/// The replicas of a run, and its fault windows.
protocol ReplicaFaults: Sendable {
    /// The number of replicas, those that are down included.
    var count: Int { get async }

    /// Opens a fault window; has no effect while it is open. From then on the replicas poll the event log.
    func openWindow(_ name: String) async throws
    func closeWindow(_ name: String) async

    /// Changes the fault state of a replica; has no effect on one that is down.
    func set(_ change: ReplicaFaultState.Change, on replica: Int) async throws
    /// Crashes the replica when it passes the point for the `hit`th time from now.
    func arm(_ point: CrashPoint, hit: Int, on replica: Int) async throws
    func kill(_ replica: Int) async throws
    /// Ends the replica in order, as SIGTERM does.
    func shutDown(_ replica: Int) async throws
    /// Starts a replica that is down, and disarms one that is running.
    func restart(_ replica: Int) async throws
    func isDown(_ replica: Int) async -> Bool
    /// Pauses the replica at once, as SIGSTOP does; clients keep their connections.
    func pause(_ replica: Int) async throws
    func resume(_ replica: Int) async throws
    func holdReminders(_ areHeld: Bool, on replica: Int) async throws
    func stepClock(of replica: Int, by jump: Duration) async throws
    /// Returns when every replica that is up is connected to the bus.
    func waitForBus() async throws
    /// Lets the relay of every replica read the log.
    func wakeRelays() async throws
}

extension ReplicaFaults {
    /// Opens and closes a window at one instant, for a fault that is over at once.
    func passWindow(_ name: String) async throws {
        try await openWindow(name)
        await closeWindow(name)
    }
}

/// PostgreSQL and Redis of a run. The defaults are those of the embedded stores, which have neither.
protocol StoreFaults: Sendable {
    /// Returns when every connection to Redis is closed; new ones are refused.
    func cutBus() async throws
    func restoreBus() async throws
    func flushRedis() async throws
    func restartRedis() async throws
    /// Saves the state that `failOverRedis` returns to.
    func snapshotRedis() async throws
    func failOverRedis() async throws
    func restartPostgres() async throws
    /// Delays PostgreSQL's answers, in real time. Returns `false` if there is no PostgreSQL.
    func slowPostgres(by delay: Duration) async throws -> Bool
    /// Arms a fault for the next statement; `nil` disarms it.
    func armPostgres(_ wireFault: PostgresWire.WireFault?) async throws
    /// Lets PostgreSQL refuse the next `times` transactions that append to the log; `nil` ends it.
    func refuseWrites(_ refusal: PostgresRefusal?, times: Int) async throws
}

extension StoreFaults {
    func cutBus() async throws {}
    func restoreBus() async throws {}
    func flushRedis() async throws {}
    func restartRedis() async throws {}
    func snapshotRedis() async throws {}
    func failOverRedis() async throws {}
    func restartPostgres() async throws {}
    func slowPostgres(by delay: Duration) async throws -> Bool { false }
    func armPostgres(_ wireFault: PostgresWire.WireFault?) async throws {}
    func refuseWrites(_ refusal: PostgresRefusal?, times: Int) async throws {}
}

/// The Socket.IO connections of a run's clients.
protocol SocketFaults: Sendable {
    /// Closes the connections of all sockets that are connected to the replica.
    func dropSockets(of replica: Int) async throws
    /// Closes the socket's connection once the server has sent this many more bytes, within a frame if need be.
    func cutSocket(_ name: String, afterBytes count: Int) async
    /// Stops reading from the socket's connection, and keeps it open.
    func stallSocket(_ name: String) async
    func unstallSocket(_ name: String) async
    /// Returns when nothing is under way on the replicas.
    func settle() async throws
}
