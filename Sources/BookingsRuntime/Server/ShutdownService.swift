import Bookings
import BookingsHTTP
import BookingsSocketIO
import ServiceLifecycle

/// The steps of a graceful shutdown, up to the end of streams and sockets. It is the last of the services, so a shutdown
/// reaches it first; the server then waits for the connections that are left.
///
/// First the replica reports that it is not ready, while it continues to serve with `Connection: close`, so that load
/// balancers stop sending requests. Then it accepts no more connections. When no request can come any more, streams end
/// and sockets close without a Socket.IO disconnect packet: their clients reconnect, and reach other replicas.
struct ShutdownService: Service {
    let application: BookingsApplication
    let server: HTTPServer
    let gateway: SocketGateway
    let streams: EventStreams
    /// How long the replica continues to serve all requests.
    let delay: Duration

    func run() async throws {
        try await gracefulShutdown()
        application.stopBeingReady()
        application.stopWebhooks()
        server.drain()
        await server.continueServing(for: delay)
        await server.stopAccepting()
        await server.waitForIdleConnections()
        streams.shutDown()
        await gateway.shutdown()
    }
}
