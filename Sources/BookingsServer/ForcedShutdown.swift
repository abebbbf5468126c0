import Bookings
import BookingsRuntime
import ServiceLifecycle
import UnixSignals

/// Cuts a graceful shutdown short when a second SIGTERM or SIGINT arrives.
///
/// It is the first of the services, so it runs until a shutdown has ended all others.
struct ForcedShutdown: Service {
    let application: BookingsApplication

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        await cancelWhenGracefulShutdown {
            var count = 0
            for await _ in signals {
                count += 1
                if count > 1 { application.cutConnections() }
            }
        }
    }
}
