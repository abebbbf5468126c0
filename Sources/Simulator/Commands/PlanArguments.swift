import ArgumentParser
import Bookings
import BookingsHTTP
import SimulationKit

/// What every command takes that draws plans.
struct PlanArguments: ParsableArguments {
    @Option(help: "Where it runs: real, proc.")
    var world = WorldKind.real

    @Option(help: "On what: embedded, services (ephemeral PostgreSQL and Redis).")
    var stores = Stores.embedded

    @Option(help: "How many replicas.")
    var replicas: Int?

    @Option(
        help:
            "Faults to throw in at drawn instants, comma separated: \(Fault.all.map(\.name).joined(separator: ", "))."
    )
    var faults: FaultList = FaultList(names: [])

    @Option(help: "How much virtual time passes: 12h, 1d, 7d. The scenario's own span when left out.")
    var until: VirtualSpan?

    @Option(help: "How many bookings, about.")
    var bookings: Int?

    func validate() throws {
        guard (replicas ?? 1) > 0 else { throw ValidationError("--replicas takes a number from 1 on.") }
        guard (bookings ?? 1) > 0 else { throw ValidationError("--bookings takes a number from 1 on.") }
        if stores == .embedded, let name = faults.names.first(where: \.needsServices) {
            throw ValidationError("\(name) befalls PostgreSQL or Redis: it takes --stores services.")
        }
        if world == .proc, stores == .embedded, (replicas ?? 1) > 1 {
            throw ValidationError(
                "A file of SQLite belongs to one process: --world proc takes --stores services for several replicas.")
        }
    }

    var options: PlanOptions {
        PlanOptions(
            until: until?.duration.wholeMilliseconds, bookings: bookings, replicas: replicas, world: world,
            stores: stores, faults: faults.names)
    }

    /// Those that are started for the command; nil when it needs none.
    func services() async throws -> EphemeralStores? {
        stores == .services ? try await EphemeralStores.start() : nil
    }
}

/// `redis-restart,crash@fire:after`.
struct FaultList: ExpressibleByArgument {
    let names: [Fault]

    init(names: [Fault]) { self.names = names }

    init?(argument: String) {
        let names = argument.split(separator: ",").map { Fault(String($0)) }
        guard names.allSatisfy({ $0 != nil }) else { return nil }
        self.names = names.compactMap { $0 }
    }
}

extension Scenario: ExpressibleByArgument {}
extension WorldKind: ExpressibleByArgument {}
extension Stores: ExpressibleByArgument {}
extension Mutant: ExpressibleByArgument {}
extension VirtualSpan: ExpressibleByArgument {}
