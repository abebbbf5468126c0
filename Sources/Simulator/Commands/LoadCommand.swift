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
        commandName: "load", abstract: "Put a deployed service under an open-loop load.",
        discussion: """
            Requests are sent at instants drawn from the seed, however the service fares, and latencies count from \
            those instants. Exit status 7: an objective was missed; 69: the service does not answer as it must.
            """)

    @Option(help: "Where the service answers: http://127.0.0.1:3000.")
    var target: LoadTarget

    @Option(help: "Requests a second, on average.")
    var rate = 500.0

    @Option(help: "How long: 60s, 10m, 1h.")
    var duration = VirtualSpan(seconds: 60)

    @Option(help: "The share of each kind.")
    var mix = LoadMix.usual

    @Option(help: "Providers, each a caller of its own.")
    var providers = 50

    @Option(help: "Sockets that listen, spread over the providers.")
    var sockets = 0

    @Option(help: "The share of creates that ask for a slot that is taken, 0 to 1.")
    var conflicts = 0.0

    @Option(name: .customLong("in-flight"), help: "Requests under way at most; what is due beyond counts as unsent.")
    var inFlight = 1000

    @Option(help: "How long a client waits for an answer.")
    var timeout = VirtualSpan(seconds: 10)

    @Option(help: "Signs the tokens; else JWT_SECRET does, else POST /auth/token makes them.")
    var secret: String?

    @Option(help: "get.p99=50ms, frame.p99.9=1s, create.errors=0.1%; may be repeated.")
    var objective: [LoadObjective] = []

    @Option(help: "What is sent, and when, is a function of it.")
    var seed: UInt64 = 42

    @Option(help: "Write load.json and the histograms into this folder.")
    var report: String?

    func validate() throws {
        guard rate > 0, rate <= 1e6 else { throw ValidationError("--rate takes a number above 0.") }
        guard (1...100_000).contains(providers) else { throw ValidationError("--providers takes 1 to 100000.") }
        guard (0...1_000_000).contains(sockets) else { throw ValidationError("--sockets takes 0 to 1000000.") }
        guard (0...1).contains(conflicts) else { throw ValidationError("--conflicts takes a share from 0 to 1.") }
        guard inFlight > 0 else { throw ValidationError("--in-flight takes a number above 0.") }
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
            measures = try await measure { line in Self.say(line) }
        } catch {
            Self.say("\(target.address) does not answer as it must: \(LoadService.describe(error))")
            throw ExitStatus.servicesMissing.code
        }
        let result = LoadReport(settings: settings, measures: measures)
        Self.say(result.text)
        if let report { try result.write(to: report) }
        guard !result.verdicts.contains(where: \.verdict.isMissed) else { throw ExitStatus.objectiveMissed.code }
    }

    func measure(progress: @escaping @Sendable (String) -> Void) async throws -> LoadMeasures {
        Self.allowManyFiles()
        let service = LoadService(target: target, connections: inFlight, patience: timeout.duration)
        let run = LoadRun(plan: plan, service: service, mostUnderWay: inFlight, now: SystemClock().now())
        let secret = secret ?? ProcessEnvironment.value("JWT_SECRET")
        let measures: Result<LoadMeasures, any Error>
        do {
            measures = .success(try await run.run(secret: secret, sockets: sockets, progress: progress))
        } catch {
            measures = .failure(error)
        }
        try await service.shutdown()
        return try measures.get()
    }

    /// A thousand sockets and as many requests do not fit into the usual limit of 1024 descriptors.
    private static func allowManyFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Whoever reads it through a pipe sees it at once, too.
    private static func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}

extension LoadTarget: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension LoadMix: ExpressibleByArgument {}
extension LoadObjective: ExpressibleByArgument {}
