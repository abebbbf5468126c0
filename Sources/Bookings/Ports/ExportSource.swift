/// Reads a stretch of the event log with the requests that made its changes, for an export.
package protocol ExportSource: Sendable {
    /// Returns the events after a position that were recorded from `from` on and before `to`, at most `limit`.
    func exported(
        after position: LogPosition, from: Timestamp, to: Timestamp, limit: Int
    ) async throws(StoreError) -> [ExportedEvent]
}

/// An event of the log with what only an operator may see of it.
package struct ExportedEvent: Hashable, Sendable {
    /// The event with its position.
    package let logged: LoggedEvent
    /// The request that made the change; `nil` for a reminder.
    package let origin: RequestOrigin?
    /// The replica that recorded a reminder; `nil` when it is not known.
    package let recordedBy: String?
    /// Whether it is a copy of a reminder's event, which was announced again.
    package let isCopy: Bool

    package init(logged: LoggedEvent, origin: RequestOrigin?, recordedBy: String?, isCopy: Bool) {
        self.logged = logged
        self.origin = origin
        self.recordedBy = recordedBy
        self.isCopy = isCopy
    }
}
