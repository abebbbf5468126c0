import Bookings

/// What can be asked of a scenario besides its seed.
package struct PlanOptions: Codable, Hashable, Sendable {
    /// In virtual milliseconds; nil: the scenario's own span.
    package var until: Int64?
    /// How many bookings, about; nil: the scenario's own number.
    package var bookings: Int?
    package var replicas: Int?
    package var world = WorldKind.real
    package var stores = Stores.embedded
    /// Faults that are thrown in at drawn instants, besides the scenario's own.
    package var faults: [Fault] = []
    /// What a deployed service is set to; nil: what the scenario wants.
    package var leads: [Int64]?
    package var isPendingFirst: Bool?
    /// Nil: a spring night in 2030.
    package var begin: Timestamp?

    package init(
        until: Int64? = nil, bookings: Int? = nil, replicas: Int? = nil, world: WorldKind = .real,
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
    /// The night in which central Europe's clocks go forward lies in the first days.
    package static let begin = RFC3339.parse("2030-03-29T06:00:00Z") ?? .earliest

    /// The plan that a seed gives.
    package func plan(seed: UInt64, _ options: PlanOptions = PlanOptions()) -> Plan {
        var settings = Settings(begin: (options.begin ?? Self.begin).milliseconds, until: options.until ?? span)
        settings.world = options.world
        settings.stores = options.stores
        settings.replicas = options.replicas ?? 3
        // A file of SQLite belongs to one process.
        if options.world == .proc, options.stores == .embedded { settings.replicas = 1 }
        // Time enough for everybody.
        if let bookings = options.bookings { settings.providers = max(settings.providers, min(50, bookings / 100)) }
        prepare(&settings, seed: seed)
        settings.leads = options.leads ?? settings.leads
        settings.isPendingFirst = options.isPendingFirst ?? settings.isPendingFirst
        if options.faults.contains(where: \.needsSocketProxies) { settings.isProxied = true }
        var builder = PlanBuilder(self, seed: seed, settings: settings)
        let bookings = options.bookings ?? self.bookings
        switch self {
        case .reminders: builder.reminders(bookings)
        case .pagination: builder.pagination(bookings)
        case .dedupe: builder.dedupe(bookings)
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
        for kind in options.faults { builder.inject(kind) }
        return builder.build()
    }

    /// The short plan of a sweep. It goes by the name of `everything`.
    package static func errands(seed: UInt64, _ options: PlanOptions) -> Plan {
        var settings = Settings(begin: begin.milliseconds, until: 40 * PlanBuilder.minute)
        settings.world = options.world
        settings.stores = options.stores
        settings.replicas = options.world == .proc && options.stores == .embedded ? 1 : options.replicas ?? 2
        settings.customers = 1
        settings.providers = 2
        var builder = PlanBuilder(.everything, seed: seed, settings: settings)
        builder.errands()
        return builder.build()
    }

    private var span: Int64 {
        let hour = PlanBuilder.hour
        return switch self {
        case .rushHour, .dedupe, .tenants, .cache, .shutdown: 6 * hour
        case .dst: 5 * 24 * hour
        case .reminders, .pagination: 24 * hour
        default: 12 * hour
        }
    }

    private var bookings: Int {
        switch self {
        case .reminders: 150
        case .rushHour: 2000
        case .everything: 120
        default: 60
        }
    }

    /// What of the world the scenario needs to be its own.
    private func prepare(_ settings: inout Settings, seed: UInt64) {
        var random = SeededGenerator(seed: seed, for: "settings")
        switch self {
        case .doubleBooking, .cache, .shutdown: settings.racyProviders = [0, 1]
        case .cancelReschedule: settings.leads = [600_000, 60_000]
        case .reconnect: settings.isProxied = true
        case .clockSkew:
            settings.skews = (0..<settings.replicas).map { _ in Int64.random(in: -90_000...90_000, using: &random) }
        case .dst: settings.usesLocalTime = true
        case .rushHour: settings.providers = 50
        case .tenants: settings.customers = 4
        case .everything:
            settings.racyProviders = [0]
            settings.isPendingFirst = Bool.random(using: &random)
            settings.leads = Bool.random(using: &random) ? [600_000] : [3_600_000, 600_000, 60_000]
            settings.cacheSeconds = Bool.random(using: &random) ? 30 : 0
        case .reminders, .pagination, .dedupe: break
        }
    }
}
