import Bookings

/// One kind of fault: what it needs, how it is drawn, injected and repaired, and what it excuses.
///
/// To add a fault, write a file with its value and add a line to `Fault.all`.
package struct Fault: Sendable {
    /// What a fault needs of the run that it is injected into.
    enum Need: Hashable, Sendable {
        /// PostgreSQL and Redis.
        case services
        /// Proxies between the clients and the replicas.
        case socketProxies
        /// A proxy between the replicas and PostgreSQL.
        case postgresProxy
        /// A key server.
        case keyServer
        /// Webhooks with receivers.
        case receivers
        /// A reminder that becomes due while the fault lasts.
        case dueReminder
    }

    /// Who draws a fault without being asked for it by name. Scenarios use some of their own accord.
    enum Drawn: Sendable {
        /// The scenario `everything`, and soaks. A fault that is added here changes the plan of each seed.
        case byScenarios
        case bySoaks
    }

    /// As the command line and the plans name it.
    package let name: String
    /// What it does, in one clause.
    package let summary: String
    var needs: Set<Need> = []
    var drawn = Drawn.bySoaks
    /// Whether it acts on the clients' connections alone, so that it can be injected into runs on a deployed service.
    package var actsOnClients = false
    /// The kind of target that its events name.
    var acts = FaultTarget.Kind.replica
    /// The situation that the fault brings about, which a run with it counts.
    package var mark: CoverageMark?
    /// The names of the windows that the fault opens. From the opening of a window until `DegradedPeriods.recovery` after its
    /// closing, deliveries may be late or repeated and requests may fail.
    var windows: @Sendable (FaultTarget) -> [String] = { _ in [] }
    /// Adds the fault to a plan.
    let draw: @Sendable (_ fault: Fault, _ plan: inout PlanBuilder, _ draft: Draft) -> Void
    let begin: @Sendable (_ event: FaultEvent, _ run: FaultContext) async throws -> Void
    /// Repairs the fault; `nil` when it is over at once. Repairing twice has no effect.
    var heal: (@Sendable (_ event: FaultEvent, _ run: FaultContext) async throws -> Void)?
    /// The labels of its beginning and of its end in a drawing of the run.
    let label: @Sendable (_ event: FaultEvent) -> String
    var healLabel = "healed"

    /// What is drawn for every fault, whether it uses it or not, so that the draws after it do not depend on the fault.
    struct Draft {
        let replica: Int
        /// In milliseconds since the beginning of the run.
        let begin: Int64
        let end: Int64
    }

    /// Whether it has no effect without PostgreSQL and Redis.
    package var needsServices: Bool { needs.contains(.services) }
    package var needsSocketProxies: Bool { needs.contains(.socketProxies) }

    /// Whether it kills a replica without its ending in order.
    var isCrash: Bool { name == "crash" || name.hasPrefix("crash@") }

    /// The kinds of windows that it opens: their names without numbers.
    var windowKinds: Set<String> {
        let target: FaultTarget =
            switch acts {
            case .replica: .replica(0)
            case .socket: .socket("admin")
            case .redis: .redis
            case .postgres: .postgres
            case .keyServer: .keyServer
            case .receivers: .receivers
            }
        return Set(windows(target).map(Self.windowKind))
    }

    static func windowKind(_ name: String) -> String { name.filter { !$0.isNumber } }

    func beginning(on target: FaultTarget, amount: Int64? = nil) -> FaultEvent {
        FaultEvent(fault: name, phase: .begin, target: target, amount: amount)
    }

    func healing(on target: FaultTarget) -> FaultEvent {
        FaultEvent(fault: name, phase: .heal, target: target)
    }

    /// Injects or repairs the fault, as the event says.
    package static func apply(_ event: FaultEvent, to run: FaultContext) async throws {
        guard let fault = Fault(event.fault) else {
            throw SimulatorError.usage("the plan names an unknown fault: \(event.fault)")
        }
        switch event.phase {
        case .begin: try await fault.begin(event, run)
        case .heal, .healIfDown: try await fault.heal?(event, run)
        }
    }
}

extension Fault: LosslessStringConvertible, Hashable, Codable {
    package var description: String { name }

    /// The fault of this name in the registry; `nil` if there is none.
    package init?(_ description: String) {
        guard let fault = Self.all.first(where: { $0.name == description }) else { return nil }
        self = fault
    }

    package static func == (left: Fault, right: Fault) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    package init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        guard let fault = Fault(name) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown fault: \(name)"))
        }
        self = fault
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
