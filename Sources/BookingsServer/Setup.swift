import ArgumentParser
import Bookings
import BookingsRuntime
import FoundationEssentials
import Glibc
import Logging

/// What every command begins with: the configuration read once, and a logger that obeys it.
struct Setup {
    let configuration: ServiceConfiguration
    let logger: Logger

    var composition: Composition { Composition(configuration: configuration, logger: logger) }

    /// Ends the process with a line for each variable that is wrong.
    static func fromEnvironment() throws -> Setup {
        let dotEnv: [String: String]
        do {
            dotEnv = try EnvironmentFile.read(".env")
        } catch {
            throw refusal("\(error)")
        }
        var (configuration, faults) = ServiceConfiguration.reading(
            environment: ProcessInfo.processInfo.environment, dotEnv: dotEnv)
        faults += Composition.faults(of: configuration)
        guard faults.isEmpty else { throw refusal(faults.joined(separator: "\n")) }
        return Setup(
            configuration: configuration, logger: configuration.makeLogger(label: "bookings", clock: SystemClock()))
    }

    /// The setup with no more connections than the process has descriptors for.
    func limitingConnections(to most: Int) -> Setup {
        var configuration = configuration
        if let wanted = configuration.maxConnections, wanted > most {
            logger.warning(
                "MAX_CONNECTIONS is more than the limit of descriptors allows.",
                metadata: ["MAX_CONNECTIONS": "\(wanted)", "used": "\(most)"])
        }
        configuration.maxConnections = min(configuration.maxConnections ?? most, most)
        return Setup(configuration: configuration, logger: logger)
    }

    /// Turns what stops a start into one clear message and exit status 78, or 69 when the store was not reached
    /// (EX_CONFIG and EX_UNAVAILABLE of sysexits.h).
    func refusingToStart<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let refused as StartRefused {
            throw Self.refusal(refused.description)
        } catch StoreError.unavailable(let reason) {
            throw Self.refusal("DATABASE_URL: the database cannot be used: \(reason)", status: 69)
        } catch StoreError.misconfigured(let reason), StoreError.corrupt(let reason),
            StoreError.refusesWrites(let reason)
        {
            throw Self.refusal("DATABASE_URL: \(reason)")
        } catch let failure as CannotListen {
            throw Self.refusal("\(failure)")
        }
    }

    private static func refusal(_ message: String, status: Int32 = 78) -> ExitCode {
        FileHandleOutput.error.write("The start is refused:\n\(message)\n")
        return ExitCode(status)
    }
}

/// Standard error as a text stream.
private struct FileHandleOutput {
    static let error = FileHandleOutput()

    func write(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
