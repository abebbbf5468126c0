import Bookings
import BookingsHTTP
import BookingsSocketIO
import ServiceLifecycle

/// The steps of a graceful shutdown that precede those of the server. It is the last of the services, so a shutdown
/// reaches it first.
///
/// First the replica reports that it is not ready, while it continues to serve with `Connection: close`, so that load
/// balancers stop sending requests. Then streams end and sockets close without a Socket.IO disconnect packet, so that
/// their clients reconnect to another replica.
struct ShutdownService: Service {
    let application: BookingsApplication
    let server: HTTPServer
    let gateway: SocketGateway
    let streams: EventStreams
    let clock: any WallClock
    /// How long the replica continues to serve before streams and sockets end.
    let delay: Duration

    func run() async throws {
        try await gracefulShutdown()
        application.stopBeingReady()
        server.drain()
        if delay > .zero {
            let trigger = LoopTrigger(clock: clock, inFlightWork: application.inFlightWork)
            await trigger.wait(atMost: delay)
            trigger.end()
        }
        streams.shutDown()
        await gateway.shutdown()
    }
}
