import ArgumentParser
import Bookings
import BookingsHTTP
import BookingsRuntime
import FoundationEssentials
import Glibc
import LoadTest
import SimulationKit

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Run an open-loop load test against a deployed service.",
        discussion: """
            Requests are sent at instants drawn from the seed, however slow the service is, and latencies count from \
            those instants. Exit status 7: an objective was missed, requests failed, listeners were lost, or the load \
            generator itself was the limit; 69: the service cannot be used. docs/load.md explains the results.
            """)

    @OptionGroup(title: "Service")
    var service: LoadServiceArguments

    @OptionGroup(title: "Load")
    var load: LoadShapeArguments

    @OptionGroup(title: "Listeners and reminders")
    var listening: LoadListenerArguments

    @OptionGroup(title: "Result")
    var results: LoadResultArguments

    func validate() throws {
        let settings = try settings()
        guard settings.listeners >= settings.providers || settings.reminders == 0 else {
            throw ValidationError("--reminders needs a listener for each provider: --sockets \(settings.providers).")
        }
        // Each has a slot of a millisecond.
        let slots = Int(settings.shape.duration.inSeconds * 500) * settings.providers
        guard settings.reminders <= slots else {
            throw ValidationError("--reminders must be at most \(slots) for this duration and these providers.")
        }
        guard load.findLimit else { return }
        guard !results.objective.isEmpty else { throw ValidationError("--find-limit needs an --objective to hold.") }
        guard settings.reminders == 0 else { throw ValidationError("--find-limit and --reminders exclude each other.") }
        guard !results.abortOnMiss else {
            throw ValidationError("--find-limit and --abort-on-miss exclude each other.")
        }
    }

    func settings() throws -> LoadSettings {
        var settings = LoadSettings(target: service.loadTarget, startedAt: startedAt)
        settings.timeout = service.timeout.duration
        settings.secret = service.secret ?? ProcessEnvironment.value("JWT_SECRET")
        try load.apply(to: &settings)
        listening.apply(to: &settings)
        settings.objectives = results.objective
        settings.abortsOnMiss = results.abortOnMiss
        settings.allowsErrors = results.allowErrors
        return settings
    }

    /// When the command began.
    private let startedAt = SystemClock().now()

    private enum CodingKeys: CodingKey {
        case service, load, listening, results
    }

    func run() async throws {
        let result: LoadResult
        do {
            result = try await measure { Self.show($0) }
        } catch {
            Self.show("\(service.loadTarget) cannot be used: \(LoadError.describe(error))")
            throw ExitStatus.servicesMissing.code
        }
        Self.show(result.text)
        try results.write(result)
        guard result.isPassed else { throw ExitStatus.objectiveMissed.code }
    }

    /// Runs the load test, and compares its result with an earlier one.
    func measure(progress: @escaping @Sendable (String) -> Void) async throws -> LoadResult {
        OpenFiles.allowMany()
        let session = try session()
        let metrics = LoadMetrics()
        let observe: @Sendable (LoadSnapshot) -> Void = {
            metrics.observe($0)
            progress(LoadProgressLine($0).text)
        }
        Interruption.onFirstInterrupt { session.stop("interrupted") }
        var result: LoadResult
        if let port = results.metricsPort {
            result = try await metrics.serving(port: port, listening: { progress("metrics on port \($0)") }) {
                try await run(session, observe)
            }
        } else {
            result = try await run(session, observe)
        }
        result.comparison = try results.compare(result)
        return result
    }

    private func session() throws -> LoadSession {
        let settings = try settings()
        guard load.workers > 1 else { return LoadSession(settings: settings, clock: SystemClock()) }
        return try LoadSession(
            settings: settings, processes: load.workers, program: load.executable, clock: SystemClock())
    }

    private func run(
        _ session: LoadSession, _ observe: @escaping @Sendable (LoadSnapshot) -> Void
    ) async throws -> LoadResult {
        guard load.findLimit else { return try await session.run(observe: observe) }
        return try await session.findLimit(from: load.rate, step: load.step.duration, observe: observe)
    }

    /// Prints a line and flushes it, so that a reader of a pipe sees it at once.
    private static func show(_ text: String) {
        print(text)
        fflush(nil)
    }
}

/// The limit of open files of this process.
enum OpenFiles {
    /// Raises the limit: a thousand sockets and as many requests do not fit into the usual 1024.
    static func allowMany() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
