import ServiceLifecycle

/// Closes the house: the last of the services, so the first that a graceful shutdown reaches.
///
/// First the replica says that it is not ready, and serves on for a moment so that balancers see it. Then streams end
/// and sockets close without a goodbye, so that their clients reconnect elsewhere. The server behind it finishes the
/// requests that it has, and the loops end last.
struct Doorkeeper: Service {
    let application: BookingsApplication
    let gateway: SocketGateway
    let streams: EventStreams
    let clock: any WallClock
    let farewell: Duration

    func run() async throws {
        try await gracefulShutdown()
        application.stopBeingReady()
        if farewell > .zero {
            let alarm = Alarm(clock: clock, ledger: application.ledger)
            await alarm.wait(until: clock.now() + farewell)
            alarm.end()
        }
        streams.shutdown()
        await gateway.shutdown()
    }
}
