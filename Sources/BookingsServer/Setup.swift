import ArgumentParser
import Bookings
import BookingsRuntime
import FoundationEssentials
import Glibc
import Logging

/// What every command begins with: the configuration, and a logger of the configured level and format.
struct Setup {
    let configuration: ServiceConfiguration
    let logger: Logger

    var composition: Composition { Composition(configuration: configuration, logger: logger) }

    /// Reads the configuration from the environment and the `.env` file.
    ///
    /// - Throws: An exit code, after a line on standard error for each variable that cannot be used.
    static func fromEnvironment() throws -> Setup {
        var (configuration, errors) = try readEnvironment()
        errors += Composition.validationErrors(of: configuration)
        configuration.replicaName = configuration.replicaName ?? hostName()
        guard errors.isEmpty else { throw exit(errors.joined(separator: "\n"), code: .configuration) }
        return Setup(
            configuration: configuration, logger: configuration.makeLogger(label: "bookings", clock: SystemClock()))
    }

    /// Reads the configuration for a command that needs these variables alone, and does not complain of others.
    ///
    /// - Throws: An exit code, after a line on standard error for each of `names` that cannot be used.
    static func configurationFromEnvironment(complainingOf names: [String]) throws -> ServiceConfiguration {
        let (configuration, errors) = try readEnvironment()
        let fatal = errors.filter { line in names.contains { line.hasPrefix("\($0) ") } }
        guard fatal.isEmpty else {
            throw exit(fatal.joined(separator: "\n"), after: "The command cannot run:", code: .failure)
        }
        return configuration
    }

    private static func readEnvironment() throws -> (configuration: ServiceConfiguration, errors: [String]) {
        do {
            return ServiceConfiguration.reading(
                environment: ProcessInfo.processInfo.environment, dotEnv: try EnvironmentFile.read(".env"))
        } catch {
            throw exit("\(error)", code: .configuration)
        }
    }

    /// Returns the setup with at most as many connections as the process has descriptors for.
    func limitingConnections(to limit: Int) -> Setup {
        var configuration = configuration
        if let configured = configuration.maxConnections, configured > limit {
            logger.warning(
                "MAX_CONNECTIONS exceeds the limit of file descriptors.",
                metadata: ["MAX_CONNECTIONS": "\(configured)", "used": "\(limit)"])
        }
        configuration.maxConnections = min(configuration.maxConnections ?? limit, limit)
        return Setup(configuration: configuration, logger: logger)
    }

    /// Turns an error that keeps the service from starting into a message and an exit code.
    func exitingOnStartupError<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as StartupError {
            throw Self.exit(error.description, code: .configuration)
        } catch StoreError.unavailable(let reason) {
            throw Self.exit("DATABASE_URL: the database is not available: \(reason)", code: .unavailable)
        } catch StoreError.misconfigured(let reason), StoreError.corrupt(let reason),
            StoreError.refusesWrites(let reason)
        {
            throw Self.exit("DATABASE_URL: \(reason)", code: .configuration)
        }
    }

    /// The name of the host, cut to what `REPLICA_NAME` may have; `nil` when there is none.
    private static func hostName() -> String? {
        var bytes = [CChar](repeating: 0, count: 65)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return nil }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return name.isEmpty ? nil : name
    }

    private static func exit(
        _ message: String, after heading: String = "The service cannot start:", code: ExitCode
    ) -> ExitCode {
        let line = "\(heading)\n\(message)\n"
        // The process ends now: there is nothing left to do about an output that fails.
        _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        return code
    }
}

/// Exit codes of sysexits.h.
extension ExitCode {
    /// EX_CONFIG: a variable cannot be used.
    fileprivate static let configuration = ExitCode(78)
    /// EX_UNAVAILABLE: the store was not reached.
    fileprivate static let unavailable = ExitCode(69)
}
