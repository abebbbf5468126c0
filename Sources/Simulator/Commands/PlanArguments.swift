import ArgumentParser
import Bookings
import BookingsHTTP
import SimulationKit

/// The arguments of every command that draws plans.
struct PlanArguments: ParsableArguments {
    @Option(
        help: """
            Where the service runs: in-process (replicas in this process), processes (as child processes) or remote \
            (a deployed service). Default: in-process, or remote with --target.
            """)
    var world: WorldKind?

    @Option(help: "The stores: embedded (SQLite) or services (ephemeral PostgreSQL and Redis).")
    var stores = Stores.embedded

    @Option(help: "The number of replicas.")
    var replicas: Int?

    @Option(
        help:
            "Faults to inject at drawn instants, separated by commas: \(Fault.all.map(\.name).joined(separator: ", "))."
    )
    var faults = FaultList(names: [])

    @Flag(help: "Begin the faults within seconds of each other, with writes of every kind around them.")
    var faultsTogether = false

    @Option(
        help:
            "Kinds of operations to leave out, separated by commas: \(OperationKind.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var without = OperationKindList(kinds: [])

    @Option(help: "The virtual time to simulate: 90m, 12h, 7d. Default: the scenario's.")
    var duration: VirtualSpan?

    @Option(help: "The approximate number of bookings.")
    var bookings: Int?

    func validate() throws {
        guard (replicas ?? 1) > 0 else { throw ValidationError("--replicas must be at least 1.") }
        guard (bookings ?? 1) > 0 else { throw ValidationError("--bookings must be at least 1.") }
        if stores == .embedded, let name = faults.names.first(where: \.needsServices) {
            throw ValidationError("\(name) is a fault of PostgreSQL or Redis: it requires --stores services.")
        }
        if world == .processes, stores == .embedded, (replicas ?? 1) > 1 {
            throw ValidationError(
                "An SQLite file belongs to one process: --world processes requires --stores services for several replicas."
            )
        }
    }

    var options: PlanOptions {
        var options = PlanOptions(
            until: duration?.duration.wholeMilliseconds, bookings: bookings, replicas: replicas,
            world: world ?? .inProcess,
            stores: stores, faults: faults.names)
        options.without = without.kinds
        options.faultsTogether = faultsTogether
        return options
    }

    /// Starts PostgreSQL and Redis for the command; `nil` if it needs none.
    func services() async throws -> EphemeralStores? {
        stores == .services ? try await EphemeralStores.start() : nil
    }
}

/// Names of faults separated by commas: `redis-restart,crash@fire:after`.
struct FaultList: ExpressibleByArgument, CustomStringConvertible {
    let names: [Fault]

    var description: String { names.isEmpty ? "none" : names.map(\.name).joined(separator: ",") }
    var defaultValueDescription: String { description }

    init(names: [Fault]) { self.names = names }

    init?(argument: String) {
        let names = argument.split(separator: ",").map { Fault(String($0)) }
        guard names.allSatisfy({ $0 != nil }) else { return nil }
        self.names = names.compactMap { $0 }
    }
}

/// Names of kinds of operations separated by commas: `cancel,list`.
struct OperationKindList: ExpressibleByArgument, CustomStringConvertible {
    let kinds: [OperationKind]

    var description: String { kinds.isEmpty ? "none" : kinds.map(\.rawValue).joined(separator: ",") }
    var defaultValueDescription: String { description }

    init(kinds: [OperationKind]) { self.kinds = kinds }

    init?(argument: String) {
        let kinds = argument.split(separator: ",").map { OperationKind(rawValue: String($0)) }
        guard kinds.allSatisfy({ $0 != nil }) else { return nil }
        self.kinds = kinds.compactMap { $0 }
    }
}

extension Scenario: ExpressibleByArgument {}
extension WorldKind: ExpressibleByArgument {}
extension Stores: ExpressibleByArgument {}
extension Mutant: ExpressibleByArgument {}
extension VirtualSpan: ExpressibleByArgument {
    package var defaultValueDescription: String { description }
}
