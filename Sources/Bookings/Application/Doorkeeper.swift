import ServiceLifecycle

/// Closes the house: the last of the services, so the first that a graceful shutdown reaches.
///
/// First the replica says that it is not ready, then streams end and sockets close without a goodbye, so that their clients reconnect
/// elsewhere. The server behind it finishes the requests that it has, and the loops end last.
struct Doorkeeper: Service {
    let application: BookingsApplication
    let gateway: SocketGateway
    let streams: EventStreams

    func run() async throws {
        try await gracefulShutdown()
        application.stopBeingReady()
        streams.shutdown()
        await gateway.shutdown()
    }
}
