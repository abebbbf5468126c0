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
            those instants. Exit status 7: an objective was missed; 69: the service cannot be used.
            """)

    @Option(help: "The URL of the service: http://127.0.0.1:3000.")
    var target: Address

    @Option(help: "The average number of requests per second.")
    var rate = 500.0

    @Option(help: "The duration: 60s, 10m, 1h.")
    var duration = VirtualSpan(seconds: 60)

    @Option(help: "The weights of the kinds of requests.")
    var mix = LoadMix.usual

    @Option(help: "The number of providers, each with its own token.")
    var providers = 50

    @Option(help: "The number of Socket.IO connections, spread over the providers.")
    var sockets = 0

    @Option(help: "The share of creates that ask for a taken slot, from 0 to 1.")
    var conflicts = 0.0

    @Option(
        name: .customLong("in-flight"),
        help: "The maximum number of requests in flight; requests due beyond it count as unsent.")
    var inFlight = 1000

    @Option(help: "How long to wait for an answer.")
    var timeout = VirtualSpan(seconds: 10)

    @Option(help: "The secret that signs the tokens. Default: JWT_SECRET; without it POST /auth/token issues them.")
    var secret: String?

    @Option(help: "An objective: get.p99=50ms, frame.p99.9=1s, create.errors=0.1%. May be repeated.")
    var objective: [LoadObjective] = []

    @Option(help: "The seed of the requests and of their instants.")
    var seed: UInt64 = 42

    @Option(help: "The folder to write load.json and the histograms to.")
    var report: String?

    func validate() throws {
        guard rate > 0, rate <= 1e6 else { throw ValidationError("--rate must be greater than 0 and at most 1000000.") }
        guard (1...100_000).contains(providers) else { throw ValidationError("--providers must be from 1 to 100000.") }
        guard (0...1_000_000).contains(sockets) else { throw ValidationError("--sockets must be from 0 to 1000000.") }
        guard (0...1).contains(conflicts) else { throw ValidationError("--conflicts must be from 0 to 1.") }
        guard inFlight > 0 else { throw ValidationError("--in-flight must be greater than 0.") }
    }

    var plan: LoadPlan {
        LoadPlan(
            seed: seed, rate: rate, duration: duration.duration, mix: mix, providers: providers, conflicts: conflicts)
    }

    var settings: LoadSettings {
        LoadSettings(target: target, plan: plan, sockets: sockets, objectives: objective)
    }

    func run() async throws {
        let measures: LoadMeasures
        do {
            measures = try await measure { line in Self.show(line) }
        } catch {
            Self.show("\(target.url) cannot be used: \(LoadService.describe(error))")
            throw ExitStatus.servicesMissing.code
        }
        let result = LoadReport(settings: settings, measures: measures)
        Self.show(result.text)
        if let report { try result.write(to: report) }
        guard !result.verdicts.contains(where: \.verdict.isMissed) else { throw ExitStatus.objectiveMissed.code }
    }

    func measure(progress: @escaping @Sendable (String) -> Void) async throws -> LoadMeasures {
        Self.allowManyFiles()
        let service = LoadService(target: target, connections: inFlight, timeout: timeout.duration)
        let run = LoadRun(plan: plan, service: service, maximumInFlight: inFlight, now: SystemClock().now())
        let secret = secret ?? ProcessEnvironment.value("JWT_SECRET")
        let measures: Result<LoadMeasures, any Error>
        do {
            measures = .success(try await run.run(secret: secret, sockets: sockets, progress: progress))
        } catch {
            measures = .failure(error)
        }
        await service.shutdown()
        return try measures.get()
    }

    /// Raises the limit of open files: a thousand sockets and as many requests do not fit into the usual 1024.
    private static func allowManyFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Prints a line and flushes it, so that a reader of a pipe sees it at once.
    private static func show(_ text: String) {
        print(text)
        fflush(nil)
    }
}

extension Address: ExpressibleByArgument {
    package init?(argument: String) { self.init(url: argument) }
}

extension LoadMix: ExpressibleByArgument {}
extension LoadObjective: ExpressibleByArgument {}
