import Bookings
import BookingsRuntime
import GRDB

/// A bug planted in the database itself: a trigger, or a rule that is gone.
enum SchemaChange {
    /// Makes the schema and changes it, if the plan's mutant lives there.
    static func apply(_ plan: Plan, to url: String) async throws {
        let mutant = Mutant(named: plan.mutant)
        let isEmbedded = url.hasPrefix("sqlite:")
        guard let sql = isEmbedded ? mutant?.sqliteChange : mutant?.postgresChange else { return }
        let setup = ReplicaSetup(
            seed: plan.seed, number: -1, life: 0, now: Timestamp(milliseconds: plan.settings.begin), skew: 0,
            settings: plan.settings, databaseURL: url)
        try await makeSchema(setup)
        guard isEmbedded else {
            try await EphemeralStores.sql(sql, on: url)
            return
        }
        try await DatabaseQueue(path: String(url.dropFirst("sqlite:".count))).write { try $0.execute(sql: sql) }
    }

    private static func makeSchema(_ setup: ReplicaSetup) async throws {
        let composition = Composition(
            configuration: InProcessReplica.configuration(setup), clock: VirtualClock(at: setup.now),
            identifiers: SeededIdentifiers(seed: setup.seed), logger: InProcessReplica.logger)
        try await composition.prepareSchema(try await composition.openAdapters())
    }
}
