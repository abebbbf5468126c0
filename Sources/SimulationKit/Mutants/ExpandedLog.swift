import Bookings

/// A log with an additional event behind some of its events: position n becomes the positions 2n and 2n + 1.
struct ExpandedLog: EventLog {
    let log: any EventLog
    let extra: @Sendable (LoggedEvent) -> BookingEvent?

    static func outer(_ position: LogPosition) -> LogPosition { LogPosition(position.number * 2 + 1) }
    private static func inner(_ position: LogPosition) -> LogPosition { LogPosition(position.number / 2) }

    func head() async throws(StoreError) -> LogPosition { Self.outer(try await log.head()) }

    func events(
        after position: LogPosition?, in scope: BookingScope, keptSince: Timestamp, limit: Int
    ) async throws(StoreError) -> EventSlice? {
        let slice = try await log.events(after: position.map(Self.inner), in: scope, keptSince: keptSince, limit: limit)
        return slice.map { expanded($0, in: scope) }
    }

    func tail(after position: LogPosition, limit: Int) async throws(StoreError) -> EventSlice? {
        try await log.tail(after: Self.inner(position), limit: limit).map { expanded($0, in: .all) }
    }

    private func expanded(_ slice: EventSlice, in scope: BookingScope) -> EventSlice {
        let events = slice.events.flatMap { logged in
            let first = LoggedEvent(position: LogPosition(logged.position.number * 2), event: logged.event)
            guard let extra = extra(logged), scope.contains(extra.booking) else { return [first] }
            return [first, LoggedEvent(position: Self.outer(logged.position), event: extra)]
        }
        return EventSlice(events: events, through: Self.outer(slice.through))
    }

    func oldest(keptSince: Timestamp) async throws(StoreError) -> LogPosition {
        Self.outer(try await log.oldest(keptSince: keptSince))
    }

    func changes(after position: LogPosition) async throws(StoreError) -> LogChanges {
        let inner = try await log.changes(after: Self.inner(position))
        let changes = inner.changes?.map { change in
            LogChanges.Change(
                position: Self.outer(change.position), provider: change.provider, customer: change.customer)
        }
        return LogChanges(head: Self.outer(inner.head), changes: changes)
    }

    func lastChange(in scope: BookingScope) async throws(StoreError) -> LogPosition {
        Self.outer(try await log.lastChange(in: scope))
    }

    func trim(keptSince: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        try await log.trim(keptSince: keptSince, limit: limit)
    }
}

/// Announces the positions of an expanded log.
struct ExpandedBus: EventBus {
    let bus: any EventBus

    func announce(_ head: LogPosition) { bus.announce(ExpandedLog.outer(head)) }
    func listen(_ listener: @escaping @Sendable (LogPosition) -> Void) { bus.listen(listener) }
    var isConnected: Bool { bus.isConnected }
}
