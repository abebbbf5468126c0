import ArgumentParser
import Bookings
import SimulationKit

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service on a clock that tests move.",
        discussion: """
            The service's own application listens as in production, but time stands still until POST /clock/advance at the \
            control address moves it. For the tests of clients: a reminder, a redelivery or a night with a change of the \
            clocks takes milliseconds. See docs/serve.md.
            """)

    @Option(help: "The port of the first replica; the others follow it. With 0 each has any.")
    var port = 3000

    @Option(help: "Where the control API listens, HOST:PORT. It gives tokens to everybody who reaches it.")
    var control = ControlAddress(host: "127.0.0.1", port: 3999)

    @Option(help: "The instant at which the clock begins, as RFC 3339 writes it.")
    var at = Instant(timestamp: Timestamp(milliseconds: 1_900_994_400_000))

    @Option(help: "The number of replicas.")
    var replicas = 1

    @Option(help: "The seed of all ids.")
    var seed: UInt64 = 42

    @Option(help: "How many seconds the clock moves in a second; with 0 it stands still until it is moved.")
    var speed = 0.0

    @Option(help: "The stores: embedded (SQLite) or services (ephemeral PostgreSQL and Redis).")
    var stores = Stores.embedded

    @Option(help: "Plant a mutant; `simulator list` lists them.")
    var mutant: Mutant?

    func validate() throws {
        guard (1...16).contains(replicas) else { throw ValidationError("--replicas must be from 1 to 16.") }
        guard port >= 0, port + replicas - 1 <= 65_535 else {
            throw ValidationError("--port must be from 0 to 65535, also for the last replica.")
        }
        if let mutant, !mutant.canBeServed {
            throw ValidationError("--mutant \(mutant.name) is a bug of the proxies of runs, which serve does not have.")
        }
        guard (0...86_400).contains(speed) else { throw ValidationError("--speed must be from 0 to 86400.") }
    }

    func run() async throws {
        let services = stores == .services ? try await EphemeralStores.start() : nil
        let ports = (0..<replicas).map { port == 0 ? 0 : port + $0 }
        let cluster = try await ServedCluster.start(
            .init(ports: ports, begin: at.timestamp, seed: seed, mutant: mutant, services: services))
        let api = ControlAPI(cluster)
        let server = try await ControlServer.start(host: control.host, port: control.port) { await api.answer($0) }
        for port in await cluster.ports { print("serves http://127.0.0.1:\(port)") }
        print("control http://\(control.host):\(server.port)")
        guard speed > 0 else { return try await Self.sleepForever() }
        let clock = ContinuousClock()
        let begin = clock.now
        var moved = Duration.zero
        while true {
            try await Task.sleep(for: .milliseconds(20))
            // From the beginning on: what is rounded now is made up for by the next move.
            let due = Duration.milliseconds(Int64(begin.duration(to: clock.now).inSeconds * speed * 1000))
            _ = try await cluster.advance(by: due - moved)
            moved = due
        }
    }

    private static func sleepForever() async throws {
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}

/// An address to listen on, as the command line writes it: `127.0.0.1:3999`.
struct ControlAddress: ExpressibleByArgument, CustomStringConvertible {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (0...65_535).contains(port), colon > argument.startIndex
        else { return nil }
        self.init(host: String(argument[..<colon]), port: port)
    }

    var description: String { "\(host):\(port)" }
    var defaultValueDescription: String { description }
}

/// An instant, as the command line writes it: `2030-03-29T06:00:00Z`.
struct Instant: ExpressibleByArgument {
    let timestamp: Timestamp

    init(timestamp: Timestamp) { self.timestamp = timestamp }

    init?(argument: String) {
        guard let timestamp = RFC3339.parse(argument) else { return nil }
        self.timestamp = timestamp
    }

    var defaultValueDescription: String { RFC3339.string(timestamp) }
}
