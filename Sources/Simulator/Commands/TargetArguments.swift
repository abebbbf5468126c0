import ArgumentParser
import SimulationKit

/// The arguments of every command that can run a plan against a deployed service.
struct TargetArguments: ParsableArguments {
    @Option(help: "Run in real time against a deployed service: http://HOST:PORT.")
    var target: String?

    @Option(help: "The secret of the target's tokens. Default: JWT_SECRET.")
    var secret: String?

    /// The service under test; `nil` without `--target`.
    func remote() throws -> RemoteTarget? { try target.map { try RemoteTarget(url: $0, secret: secret) } }

    /// The same for a saved plan, which must have been made for that world.
    func remote(for plan: Plan) throws -> RemoteTarget? {
        switch (plan.settings.world, target) {
        case (.remote, nil): throw SimulatorError.usage("The plan is for a deployed service: it requires --target.")
        case (.inProcess, _?), (.processes, _?):
            throw SimulatorError.usage(
                "--target is for plans of the world remote, not \(plan.settings.world.rawValue).")
        case (.remote, _?), (.inProcess, nil), (.processes, nil): try remote()
        }
    }
}
