import Bookings

extension Composition {
    /// Applies pending migrations when the configuration says so (`MIGRATE_ON_START`).
    ///
    /// - Returns: Whether all migrations are applied. If not, only the `pendingMigrationsServer` may serve.
    /// - Throws: `StartupError.pendingMigrations` in production when some are not applied.
    @discardableResult
    package func prepareSchema(_ adapters: Adapters) async throws -> Bool {
        let migrator = adapters.ports.migrator
        let pending = try await retryingWhileUnavailable { () async throws(StoreError) in
            if configuration.migrateOnStart { try await migrator.migrate(to: nil) }
            return try await migrator.status().filter { !$0.isApplied }
        }
        guard pending.isEmpty || configuration.environment != .production else {
            throw StartupError.pendingMigrations(pending.map { $0.number.map(String.init) ?? $0.name })
        }
        return pending.isEmpty
    }

    /// Repeats the work while the store is not available, for `STARTUP_TIMEOUT_SECONDS` at most. Logs the wait once.
    func retryingWhileUnavailable<Value>(
        _ work: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let trigger = LoopTrigger(clock: clock, inFlightWork: InFlightWork())
        defer { trigger.end() }
        let deadline = clock.elapsed() + configuration.startupTimeout
        var hasLogged = false
        while true {
            do throws(StoreError) {
                return try await work()
            } catch {
                guard case .unavailable(let reason) = error, clock.elapsed() < deadline else { throw error }
                if !hasLogged { logWait(reason) }
                hasLogged = true
                await trigger.wait(atMost: .milliseconds(500))
            }
        }
    }

    private func logWait(_ reason: String) {
        logger.notice(
            "The database is not available yet; waiting for it.",
            metadata: [
                "seconds": "\(configuration.startupTimeout.wholeMilliseconds / 1000)", "reason": "\(reason)",
            ])
    }
}
