import Bookings

extension Plan {
    /// Returns the same plan for a later run on a deployed service, where time passes by itself.
    package func beginning(at instant: Timestamp) -> Plan {
        var plan = self
        plan.settings.begin = instant.milliseconds
        return plan
    }
}

/// The parameters of a scenario besides its seed.
package struct PlanOptions: Codable, Hashable, Sendable {
    /// The length of the run in virtual milliseconds; `nil` for the scenario's own.
    package var until: Int64?
    /// The approximate number of bookings; `nil` for the scenario's own.
    package var bookings: Int?
    package var replicas: Int?
    package var world = WorldKind.inProcess
    package var stores = Stores.embedded
    /// Faults that are injected at drawn instants, in addition to the scenario's own.
    package var faults: [Fault] = []
    /// Whether these faults begin within seconds of each other, with writes of every kind around them, instead of each at
    /// an instant of its own.
    package var faultsTogether = false
    /// Whether the reminders of the scenario `reminders` become due in a run of little more than their lead, instead of
    /// being due when their bookings are made.
    package var timesReminders = false
    /// The kinds of operations that are left out.
    package var without: [OperationKind] = []
    /// The settings of a deployed service; `nil` for those that the scenario prefers.
    package var leads: [Int64]?
    package var isPendingFirst: Bool?
    /// The instant at which the run begins; `nil` for a spring night in 2030.
    package var begin: Timestamp?

    package init(
        until: Int64? = nil, bookings: Int? = nil, replicas: Int? = nil, world: WorldKind = .inProcess,
        stores: Stores = .embedded, faults: [Fault] = []
    ) {
        self.until = until
        self.bookings = bookings
        self.replicas = replicas
        self.world = world
        self.stores = stores
        self.faults = faults
    }
}

extension Scenario {
    /// The night in which central Europe's clocks are set forward is in the first days of a run.
    package static let begin = RFC3339.parse("2030-03-29T06:00:00Z") ?? .earliest

    /// Returns the plan of a seed. Equal seeds and options give equal plans.
    package func plan(seed: UInt64, _ options: PlanOptions = PlanOptions()) -> Plan {
        var settings = Settings(begin: (options.begin ?? Self.begin).milliseconds, until: options.until ?? length)
        settings.world = options.world
        settings.stores = options.stores
        settings.replicas = options.replicas ?? 3
        // A SQLite file belongs to one process, so there can be only one replica process.
        if options.world == .processes, options.stores == .embedded { settings.replicas = 1 }
        // Enough time for every participant.
        if let bookings = options.bookings { settings.providers = max(settings.providers, min(50, bookings / 100)) }
        prepare(&settings, seed: seed)
        // Each booking has a provider of its own where all of them take place at once.
        if self == .rushHour || options.timesReminders { settings.providers = options.bookings ?? self.bookings }
        settings.leads = options.leads ?? settings.leads
        settings.isPendingFirst = options.isPendingFirst ?? settings.isPendingFirst
        // The fault makes more bookings than the histories that the limit lets the run read after its end.
        if options.faults.contains(where: { $0.name == Fault.droppedReader.name }) { settings.requestsAMinute = nil }
        if options.faults.contains(where: { $0.needs.contains(.keyServer) }) { settings.hasKeyServer = true }
        if options.faults.contains(where: { $0.needs.contains(.receivers) }) { settings.hasReceivers = true }
        if options.faults.contains(where: \.needsSocketProxies) { settings.isProxied = true }
        var builder = PlanBuilder(self, seed: seed, settings: settings)
        let bookings = options.bookings ?? self.bookings
        switch self {
        case .reminders where options.timesReminders: builder.timedReminders(bookings)
        case .reminders: builder.reminders(bookings)
        case .pagination: builder.pagination(bookings)
        case .dedupe: builder.dedupe(bookings)
        case .contention: builder.contention(bookings)
        case .http: builder.http(bookings)
        case .limits: builder.limits(bookings)
        case .keys: builder.keys(bookings)
        case .transports: builder.transports(bookings)
        case .webhooks: builder.webhooks(bookings)
        case .doubleBooking: builder.doubleBooking(bookings)
        case .cancelReschedule: builder.cancelReschedule(bookings)
        case .reconnect: builder.reconnect(bookings)
        case .tenants: builder.tenants(bookings)
        case .cache: builder.cache(bookings)
        case .clockSkew: builder.clockSkew(bookings)
        case .dst: builder.dst(bookings)
        case .rushHour: builder.rushHour(bookings)
        case .shutdown: builder.shutdown(bookings)
        case .everything: builder.everything(bookings)
        }
        if settings.hasReceivers, self != .webhooks { builder.addWebhooks([.fast, .failing]) }
        if options.faultsTogether {
            builder.injectTogether(options.faults)
        } else {
            for kind in options.faults { builder.inject(kind) }
        }
        return builder.build().leavingOut(options.without)
    }

    /// Returns the short plan of a crash sweep. Its scenario is named `everything`.
    package static func errands(seed: UInt64, _ options: PlanOptions) -> Plan {
        var settings = Settings(begin: begin.milliseconds, until: 40 * PlanBuilder.minute)
        settings.world = options.world
        settings.stores = options.stores
        settings.replicas = options.world == .processes && options.stores == .embedded ? 1 : options.replicas ?? 2
        settings.customers = 1
        settings.providers = 2
        settings.hasReceivers = true
        var builder = PlanBuilder(.everything, seed: seed, settings: settings)
        builder.addWebhooks([.fast])
        builder.errands()
        return builder.build()
    }

    /// The length of a run in virtual milliseconds.
    var length: Int64 {
        let hour = PlanBuilder.hour
        return switch self {
        case .rushHour, .dedupe, .tenants, .cache, .shutdown, .transports, .webhooks: 6 * hour
        case .dst: 5 * 24 * hour
        case .reminders, .pagination: 24 * hour
        case .http: 50 * hour
        case .limits: hour
        case .keys: 5 * hour
        default: 12 * hour
        }
    }

    private var bookings: Int {
        switch self {
        case .reminders: 150
        case .rushHour: 2000
        case .everything: 120
        case .http: 30
        case .limits: 6
        case .keys: 8
        case .transports: 20
        case .webhooks: 40
        default: 60
        }
    }

    /// The settings that the scenario requires.
    private func prepare(_ settings: inout Settings, seed: UInt64) {
        var random = SeededGenerator(seed: seed, for: "settings")
        switch self {
        case .doubleBooking, .cache, .shutdown, .contention: settings.racyProviders = [0, 1]
        case .cancelReschedule: settings.leads = [600_000, 60_000]
        case .reconnect: settings.isProxied = true
        case .clockSkew:
            settings.skews = (0..<settings.replicas).map { _ in Int64.random(in: -90_000...90_000, using: &random) }
        case .dst: settings.usesLocalTime = true
        case .rushHour: settings.listeningProviders = 10
        case .tenants: settings.customers = 4
        case .everything:
            settings.racyProviders = [0]
            settings.isPendingFirst = Bool.random(using: &random)
            settings.leads = Bool.random(using: &random) ? [600_000] : [3_600_000, 600_000, 60_000]
            settings.cacheSeconds = Bool.random(using: &random) ? 30 : 0
        case .limits: settings.requestsAMinute = 40
        case .keys: settings.hasKeyServer = settings.world != .remote
        case .webhooks: settings.hasReceivers = settings.world != .remote
        case .transports where settings.world != .remote:
            settings.recoversSockets = true
            settings.retentionSeconds = 3600
        case .reminders, .pagination, .dedupe, .http, .transports: break
        }
    }
}
