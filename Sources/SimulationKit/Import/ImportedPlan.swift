import Bookings

/// A plan that repeats the changes of a stretch of a service's log, and what of the stretch it cannot repeat.
package struct ImportedPlan: Sendable {
    package let plan: Plan
    /// A clause for each kind of thing that does not come back.
    package let losses: [String]

    /// Creates the plan of an export.
    ///
    /// - Parameter name: The title of the plan.
    package init(_ file: ExportFile, name: String, replicas: Int = 3, seed: UInt64 = 42) {
        var builder = ImportedPlanBuilder(file, replicas: replicas)
        builder.addBookingsFromBefore()
        for change in file.changes { builder.add(change) }
        plan = builder.plan(name: name, seed: seed)
        losses = builder.losses()
    }
}

/// Collects the steps of an imported plan.
struct ImportedPlanBuilder {
    /// Customers beyond share the callers of others, so that not every customer of a large service has a socket.
    private static let maximumCustomers = 100
    /// The providers whose sockets listen.
    private static let listeningProviders = 8
    /// How long before the stretch the plan begins at most, to make bookings that have started meanwhile.
    private static let longestPrelude = Duration.seconds(7 * 86_400)
    /// How long after the stretch the plan ends at most, to see what its changes lead to.
    private static let longestAftermath = Duration.seconds(86_400)

    private let file: ExportFile
    private let begin: Timestamp
    private let replicas: Int
    private var labels: [BookingID: String] = [:]
    private var customers: [String: Int] = [:]
    private var providers: [ProviderID: Int] = [:]
    private var names: [String: Int] = [:]
    private var steps: [Step] = []
    /// Bookings that cannot be made, because they had started before the plan begins.
    private var unmade: Set<BookingID> = []
    private var rounded = 0

    init(_ file: ExportFile, replicas: Int) {
        self.file = file
        self.replicas = replicas
        let lead = Duration.milliseconds(file.leads.max() ?? 0) + .seconds(60)
        let earliest = file.before.map { $0.slot.start - lead }.min() ?? file.from
        begin = max(file.from - Self.longestPrelude, min(file.from - .seconds(1), earliest))
    }

    // MARK: - Bookings from before the stretch

    mutating func addBookingsFromBefore() {
        for row in file.before {
            guard row.slot.start > begin, row.status == .pending || row.status == .confirmed,
                row.status == .confirmed || file.isPendingFirst
            else {
                unmade.insert(row.id)
                continue
            }
            addCreate(row, at: begin, name: "before-\(labels.count + 1)")
            guard file.isPendingFirst, row.status == .confirmed else { continue }
            add(.admin, act(row, .confirm), at: begin, name: "confirm-\(labels.count)")
        }
    }

    // MARK: - Changes

    mutating func add(_ change: ExportFile.Change) {
        let name = name(of: change.request)
        if change.action == .create { return addCreate(change.row, at: change.at, name: name) }
        guard labels[change.row.id] != nil else {
            unmade.insert(change.row.id)
            return
        }
        add(caller(of: change), act(change.row, change.action), at: change.at, name: name)
    }

    private mutating func addCreate(_ row: ExportFile.Row, at instant: Timestamp, name: String) {
        let label = "b\(labels.count + 1)"
        labels[row.id] = label
        let provider = index(of: row.provider)
        let caller: Caller = row.customer.map { .customer(index(ofCustomer: $0)) } ?? .admin
        add(
            caller,
            .create(
                booking: label, provider: provider, start: offset(row.slot.start), minutes: minutes(row.slot), key: nil),
            at: instant, name: name)
    }

    private mutating func act(_ row: ExportFile.Row, _ action: ActionName) -> Verb {
        let moves = action == .reschedule
        return .act(
            booking: labels[row.id] ?? "", action: action, start: moves ? offset(row.slot.start) : nil,
            minutes: moves ? minutes(row.slot) : nil, match: nil, key: nil)
    }

    private mutating func add(_ caller: Caller, _ verb: Verb, at instant: Timestamp, name: String) {
        let operation = Operation(name: name, caller: caller, replica: steps.count % replicas, verb: verb)
        // A step for each change, in the order of the log. A clock that was set back does not lead back in a plan.
        let at = max(steps.last?.at ?? 0, offset(instant))
        steps.append(Step(at: at, operations: [operation]))
    }

    // MARK: - Names and numbers

    private func offset(_ instant: Timestamp) -> Int64 { instant.milliseconds - begin.milliseconds }

    /// Plans have whole minutes.
    private mutating func minutes(_ slot: TimeSlot) -> Int {
        let milliseconds = slot.length.wholeMilliseconds
        if milliseconds % 60_000 != 0 { rounded += 1 }
        return max(1, Int(milliseconds / 60_000))
    }

    /// The request's own id, so that a finding leads to the logs of the service. Ids that come twice get a number.
    private mutating func name(of request: String) -> String {
        let request = request.isEmpty ? "request" : request
        let count = names[request, default: 0] + 1
        names[request] = count
        return count == 1 ? request : "\(request.prefix(100))#\(count)"
    }

    private mutating func caller(of change: ExportFile.Change) -> Caller {
        if change.roles.contains(.admin) { return .admin }
        if change.roles.contains(.provider) { return .provider(index(of: change.row.provider)) }
        return change.row.customer.map { .customer(index(ofCustomer: $0)) } ?? .admin
    }

    private mutating func index(of provider: ProviderID) -> Int {
        if let known = providers[provider] { return known }
        providers[provider] = providers.count
        return providers.count - 1
    }

    private mutating func index(ofCustomer hash: String) -> Int {
        if let known = customers[hash] { return known % Self.maximumCustomers }
        customers[hash] = customers.count
        return (customers.count - 1) % Self.maximumCustomers
    }

    // MARK: - The result

    func plan(name: String, seed: UInt64) -> Plan {
        // The reminders of bookings are due before their starts. Those that start long after the stretch are not waited for.
        let starts = min(file.changes.map(\.row.slot.start).max() ?? file.to, file.to + Self.longestAftermath)
        let until = max(offset(file.to), offset(starts), steps.last?.at ?? 0) + 60_000
        var settings = Settings(begin: begin.milliseconds, until: until)
        settings.replicas = replicas
        settings.leads = file.leads.isEmpty ? settings.leads : file.leads
        settings.isPendingFirst = file.isPendingFirst
        settings.customers = max(1, min(customers.count, Self.maximumCustomers))
        settings.providers = max(1, providers.count)
        settings.listeningProviders = min(settings.providers, Self.listeningProviders)
        let look = Step(at: until, operations: [Operation(name: "look", caller: .admin, verb: .partition)])
        var plan = Plan(scenario: .everything, seed: seed, settings: settings, steps: steps + [look])
        plan.name = name
        return plan
    }

    func losses() -> [String] {
        var losses = [
            "reads, sockets and refused requests, of which the log has nothing",
            "answers that were lost, retries, idempotency keys and If-Match",
            "requests that raced: they follow each other in the order of the log",
            "what went wrong around the service: faults of replicas, stores and clocks",
        ]
        if !unmade.isEmpty {
            losses.append("\(unmade.count) bookings that cannot be made as they were before the stretch")
        }
        if rounded > 0 { losses.append("\(rounded) slots that are no whole minutes: they are shortened to minutes") }
        if customers.count > Self.maximumCustomers {
            losses.append("\(customers.count - Self.maximumCustomers) customers, whose requests others send")
        }
        if file.lateReminders > 0 {
            losses.append("what held up \(file.lateReminders) late reminders, unless they were armed late")
        }
        if file.replays > 0 { losses.append("\(file.replays) reminders that were announced again") }
        return losses
    }
}
