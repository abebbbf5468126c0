import ArgumentParser
import Bookings
import BookingsRuntime

/// Ends with 0 when the server of this machine is ready and with 1 when it is not, for health checks of containers.
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the server at HOST and PORT whether it is ready: exit status 0, or 1 with the reason.")

    func run() async throws {
        // The other variables do not matter here, and may be those of another container.
        let configuration = try Setup.configurationFromEnvironment(complainingOf: ["HOST", "PORT"])
        switch await HealthProbe(of: configuration).run() {
        case .ready: print("ready")
        case .notReady(let reason):
            print("not ready: \(reason)")
            throw ExitCode.failure
        }
    }
}
