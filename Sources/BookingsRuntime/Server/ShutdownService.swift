import Bookings
import BookingsHTTP
import BookingsSocketIO
import ServiceLifecycle

/// The steps of a graceful shutdown before the server's own. It is the last of the services, so the first that a
/// shutdown reaches.
///
/// First the replica reports that it is not ready, while it serves on with `Connection: close`, so that balancers stop
/// sending. Then streams end and sockets close without a Socket.IO disconnect, so that their clients reconnect to
/// another replica.
struct ShutdownService: Service {
    let application: BookingsApplication
    let server: HTTPServer
    let gateway: SocketGateway
    let streams: EventStreams
    let clock: any WallClock
    /// How long it serves on before streams and sockets end.
    let farewell: Duration

    func run() async throws {
        try await gracefulShutdown()
        application.stopBeingReady()
        server.drain()
        if farewell > .zero {
            let trigger = LoopTrigger(clock: clock, inFlightWork: application.inFlightWork)
            await trigger.wait(atMost: farewell)
            trigger.end()
        }
        streams.shutdown()
        await gateway.shutdown()
    }
}
