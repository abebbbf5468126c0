import ArgumentParser
import Bookings
import FoundationEssentials
import LoadTest

/// What a load test sends.
struct LoadShapeArguments: ParsableArguments {
    @Option(help: "The average number of requests per second; with --find-limit that of the first step.")
    var rate = 500.0

    @Option(help: "The duration: 250ms, 60s, 10m, 1h.")
    var duration = LoadSpan(.seconds(60))

    @Option(
        help: """
            Stages in place of --rate and --duration: 100:1m,1000:5m,spike:5000:10s. The rate rises or falls linearly \
            to that of the stage; a spike has its rate at once.
            """)
    var stages: LoadShape?

    @Flag(help: "Search the highest rate that holds the objectives.")
    var findLimit = false

    @Option(help: "The measured length of each step of --find-limit.")
    var step = LoadSpan(.seconds(8))

    @Option(help: "The first part of the load, which is sent and not measured.")
    var warmUp = LoadSpan(.zero)

    @Option(
        help: """
            The weights of the kinds of requests: create, get, list, past, search, history, events, confirm, decline, \
            cancel, reschedule, complete, no-show, session.
            """)
    var mix = LoadMix.usual

    @Option(help: "How long a user of a session thinks before the cancellation, on average.")
    var think = LoadSpan(.zero)

    @Option(help: "The number of providers, each with its own token.")
    var providers = 50

    @Option(help: "A file with a provider's UUID on each line, or PROVIDER_ID,TOKEN, in place of --providers.")
    var users: String?

    @Option(help: "The share of creates that ask for a taken slot, from 0 to 1.")
    var conflicts = 0.0

    @Option(
        name: .customLong("in-flight"),
        help: "The maximum number of requests in flight; requests due beyond it count as unsent.")
    var inFlight = 1000

    @Option(help: "The number of event loops of each process, each on a thread.")
    var loops = 1

    @Option(help: "The number of processes, each with a part of the providers.")
    var workers = 1

    @Option(help: .hidden)
    var program: String?

    /// The simulator's executable, for workers.
    var executable: String {
        program ?? (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    }

    @Option(help: "The seed of the requests and of their instants.")
    var seed: UInt64 = 42

    func validate() throws {
        guard rate > 0, rate <= 1e6 else { throw ValidationError("--rate must be greater than 0 and at most 1000000.") }
        guard (1...100_000).contains(providers) else { throw ValidationError("--providers must be from 1 to 100000.") }
        guard (0...1).contains(conflicts) else { throw ValidationError("--conflicts must be from 0 to 1.") }
        guard inFlight > 0 else { throw ValidationError("--in-flight must be greater than 0.") }
        guard (1...64).contains(loops) else { throw ValidationError("--loops must be from 1 to 64.") }
        guard (1...64).contains(workers) else { throw ValidationError("--workers must be from 1 to 64.") }
        let length = stages?.duration ?? duration.duration
        guard length > .zero else { throw ValidationError("--duration must be greater than 0.") }
        guard warmUp.duration < length else { throw ValidationError("--warm-up must be shorter than the load.") }
        guard step.duration >= .seconds(1) else { throw ValidationError("--step must be at least 1s.") }
    }

    func apply(to settings: inout LoadSettings) throws {
        settings.shape = stages ?? LoadShape(rate: rate, duration: duration.duration)
        settings.mix = mix
        settings.seed = seed
        settings.providerCount = providers
        settings.conflicts = conflicts
        settings.maximumInFlight = inFlight
        settings.think = think.duration
        settings.warmUp = warmUp.duration
        settings.loops = loops
        guard let users else { return }
        guard let text = try? String(contentsOfFile: users, encoding: .utf8) else {
            throw ValidationError("--users: \(users) cannot be read.")
        }
        do throws(LoadUser.Malformed) {
            settings.users = try LoadUser.parse(text)
        } catch {
            throw ValidationError("--users: \(error.description).")
        }
        guard !settings.users.isEmpty else { throw ValidationError("--users: \(users) has no users.") }
    }
}
