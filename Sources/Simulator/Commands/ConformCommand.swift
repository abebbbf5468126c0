import ArgumentParser
import Bookings
import BookingsRuntime
import Conformance
import Foundation
import SimulationKit

struct ConformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conform", abstract: "Judge any implementation of the service from outside.",
        discussion: """
            Exit status: 0 every promise that could be tested held, 1 one is broken, 2 none could be judged, or a target did \
            not answer.
            """)

    @Option(help: "The URL of the service: http://HOST:PORT. Several are replicas of one service.")
    var target: [String]

    @Option(name: .customLong("secret-env"), help: "The variable with the HS256 secret of the service's tokens.")
    var secretVariable = "JWT_SECRET"

    @Option(help: "seed, full, or a YAML file. Without it, levels are found by probing.")
    var profile: String?

    @Flag(help: "Do not wait for reminders with a lead of more than half a minute; the default.")
    var quick = false

    @Flag(help: "Wait for reminders, however long their lead is.")
    var reminders = false

    @Option(help: "The time from a reminder to the start of its booking, where the profile does not name it: 10m.")
    var lead: VirtualSpan?

    @Flag(name: .customLong("read-only"), help: "Create nothing: a smoke test after a deployment.")
    var isReadOnly = false

    @Option(help: "The UUID of the provider to whom all bookings of the run belong.")
    var tenant: String?

    @Option(help: "The control API of a served instance, http://HOST:PORT: its clock is moved instead of waited for.")
    var control: String?

    @Option(parsing: .upToNextOption, help: "Judge these promises only.")
    var only: [String] = []

    @Option(name: .shortAndLong, help: "The HTML file of the score card.")
    var output: String?

    @Option(help: "The JUnit file of the score card.")
    var junit: String?

    @Option(help: "The JSON file of the score card.")
    var json: String?

    func validate() throws {
        if quick && reminders { throw ValidationError("--quick and --reminders exclude each other.") }
        if let tenant, ProviderID(tenant) == nil { throw ValidationError("--tenant must be a UUID, not \(tenant)") }
        let known = Set(Promise.all.map(\.id))
        if let unknown = only.first(where: { !known.contains($0) }) {
            throw ValidationError("--only: \(unknown) is not one of \(known.sorted().joined(separator: ", "))")
        }
    }

    func run() async throws {
        let options = try options()
        let conformance = ConformanceRun(options, clock: SystemClock()) { UUID().uuidString.lowercased() }
        let results: [PromiseResult]
        do { results = try await conformance.results() } catch SimulatorError.servicesMissing(let reason) {
            Progress.show("Error: \(reason)")
            throw ExitCode(2)
        }
        let card = ScoreCard(targets: target, arguments: replayArguments, results: results)
        print(card.text)
        try write(card.html, to: output)
        try write(card.junit, to: junit)
        try write(card.json, to: json)
        if card.status != 0 { throw ExitCode(card.status) }
    }

    private func options() throws -> ConformanceRun.Options {
        var options = ConformanceRun.Options()
        options.profile = try readProfile()
        if let lead { options.profile.lead = lead.duration }
        options.targets = try target.map { try address($0, of: "--target") }
        options.control = try control.map { try address($0, of: "--control") }
        options.tenant = tenant?.lowercased()
        guard let secret = ProcessEnvironment.value(secretVariable) else {
            throw SimulatorError.usage("\(secretVariable) must be the secret of the target's tokens")
        }
        options.secret = Array(secret.utf8)
        options.issuer = ProcessEnvironment.value("JWT_ISSUER")
        options.audience = ProcessEnvironment.value("JWT_AUDIENCE")
        options.waitsForReminders = reminders
        options.isReadOnly = isReadOnly
        options.only = only.isEmpty ? nil : Set(only)
        return options
    }

    private func address(_ url: String, of option: String) throws -> Address {
        guard let address = Address(url: url) else {
            throw SimulatorError.usage("\(option) must be http://HOST:PORT, not \(url)")
        }
        return address
    }

    private func readProfile() throws -> Profile {
        switch profile {
        case nil: Profile()
        case "full"?: .full
        case "seed"?: .seed
        case let path?: try ProfileFileReader.read(path)
        }
    }

    /// What a replay line repeats of the command line.
    private var replayArguments: String {
        var parts = target.map { "--target \($0)" }
        if secretVariable != "JWT_SECRET" { parts.append("--secret-env \(secretVariable)") }
        if let profile { parts.append("--profile \(profile)") }
        if let lead { parts.append("--lead \(lead)") }
        if reminders { parts.append("--reminders") }
        if let tenant { parts.append("--tenant \(tenant)") }
        if let control { parts.append("--control \(control)") }
        return parts.joined(separator: " ")
    }

    private func write(_ text: String, to path: String?) throws {
        guard let path else { return }
        do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
            throw SimulatorError.usage("\(path) cannot be written")
        }
    }
}
