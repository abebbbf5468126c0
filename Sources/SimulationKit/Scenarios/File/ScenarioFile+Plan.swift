import Bookings

extension ScenarioFile {
    /// Returns the plan of the file. What `options` sets has precedence over the file.
    ///
    /// - Throws: `SimulatorError.usage` with the place of each fault.
    package func plan(seed: UInt64?, _ options: PlanOptions) throws -> Plan {
        var settings = Settings(
            begin: (options.begin ?? Scenario.begin).milliseconds, until: options.until ?? duration.milliseconds)
        settings.world = options.world
        settings.stores = options.stores == .embedded ? stores ?? .embedded : options.stores
        settings.replicas = options.replicas ?? replicas ?? (options.world == .processes ? 1 : 2)
        settings.customers = customers ?? 2
        settings.providers = providers ?? 2
        settings.leads = options.leads ?? leads?.map(\.milliseconds) ?? settings.leads
        settings.isPendingFirst = options.isPendingFirst ?? pending ?? false
        var writer = ScenarioWriter(
            builder: PlanBuilder(.everything, seed: seed ?? self.seed ?? 42, settings: settings))
        for (index, step) in steps.enumerated() { writer.write(step, "steps[\(index)]") }
        for fault in options.faults { writer.builder.inject(fault) }
        var plan = writer.builder.build()
        plan.name = name
        plan.expectations = writer.expectations + totals
        if plan.usesSocketProxies { plan.settings.isProxied = true }
        let problems = writer.problems + PlanValidation.problems(in: plan)
        guard problems.isEmpty else {
            throw SimulatorError.usage(problems.map { "  \($0)" }.joined(separator: "\n"))
        }
        return plan
    }

    private var totals: [Expectation] {
        var totals: [Expectation] = []
        if let bookings = expect?.bookings { totals.append(Expectation(what: .bookings, count: bookings)) }
        if let reminders = expect?.reminders {
            totals.append(Expectation(what: .events(EventName.reminder.rawValue), count: reminders))
        }
        for (name, count) in (expect?.events ?? [:]).sorted(by: { $0.key < $1.key }) {
            totals.append(Expectation(what: .events(name), count: count))
        }
        return totals
    }
}

/// Writes the steps of a scenario file into a plan.
private struct ScenarioWriter {
    var builder: PlanBuilder
    var expectations: [Expectation] = []
    var problems: [String] = []

    mutating func write(_ step: ScenarioStep, _ place: String) {
        for number in 1...(step.times ?? 1) {
            let at = step.at.milliseconds + Int64(number - 1) * (step.every?.milliseconds ?? 0)
            guard step.kind != .fault else {
                writeFault(step.operation, at: at, place)
                continue
            }
            guard let verb = verb(step, number, at: at, place) else { return }
            let operation = builder.operation(
                step.operation.by ?? .admin, verb, replica: step.operation.replica ?? 0)
            builder.add(at: at, [operation])
            if let expect = step.expect {
                expectations.append(Expectation(what: .answer(to: operation.name, expect, place), count: 1))
            }
        }
    }

    private mutating func require<Value>(_ value: Value?, _ name: String, _ place: String) -> Value? {
        if value == nil { problems.append("\(place).\(name) is required") }
        return value
    }

    private mutating func verb(_ step: ScenarioStep, _ number: Int, at: Int64, _ place: String) -> Verb? {
        let operation = step.operation
        let place = "\(place).\(step.kind.rawValue)"
        func named(_ text: String) -> String { text.replacing("{n}", with: "\(number)") }
        switch step.kind {
        case .list: return require(operation.path, "path", place).map { .list($0) }
        case .listen: return require(operation.socket, "socket", place).map { .listen(socket: named($0)) }
        case .fault: return nil
        case .create, .confirm, .decline, .cancel, .reschedule, .complete, .noShow, .read, .history: break
        }
        guard let label = require(operation.booking, "booking", place).map(named) else { return nil }
        let start = operation.start?.instant(from: at)
        switch step.kind {
        case .read: return .read(booking: label)
        case .history: return .history(booking: label)
        case .create:
            guard let start = require(start, "start", place) else { return nil }
            return .create(
                booking: label, provider: operation.provider ?? 0, start: start, minutes: operation.minutes ?? 30,
                key: operation.key.map(named))
        case .confirm, .decline, .cancel, .reschedule, .complete, .noShow, .list, .listen, .fault:
            guard let action = ActionName(rawValue: step.kind == .noShow ? "no_show" : step.kind.rawValue) else {
                return nil
            }
            return .act(
                booking: label, action: action, start: start, minutes: operation.minutes, match: operation.match,
                key: operation.key.map(named))
        }
    }

    private mutating func writeFault(_ operation: ScenarioOperation, at: Int64, _ place: String) {
        guard let name = require(operation.name, "name", "\(place).fault") else { return }
        guard let fault = Fault(name) else { return problems.append("\(place).fault.name names no fault: \(name)") }
        let target: FaultTarget =
            switch fault.acts {
            case .replica: .replica(operation.replica ?? 0)
            case .socket: .socket(operation.socket ?? "admin")
            case .redis: .redis
            case .postgres: .postgres
            case .keyServer: .keyServer
            case .receivers: .receivers
            }
        builder.begin(fault, on: target, amount: operation.amount, at: at)
        guard fault.heal != nil else { return }
        builder.heal(fault, on: target, at: at + (operation.lasts?.milliseconds ?? 10_000))
    }
}
