/// Whose bookings the newest events of the log are about: as much of them as tells which cached pages are still current.
package struct LogChanges: Hashable, Sendable {
    /// The owners of the booking of an event.
    package struct Change: Hashable, Sendable {
        /// The event's position.
        package let position: LogPosition
        /// The booking's provider.
        package let provider: ProviderID
        /// The booking's customer; `nil` if it has none.
        package let customer: Subject?

        package init(position: LogPosition, provider: ProviderID, customer: Subject?) {
            self.position = position
            self.provider = provider
            self.customer = customer
        }
    }

    /// The most positions that one read covers. A reader that is further behind looks up what it needs instead.
    package static let maximumSpan: Int64 = 256

    /// The position of the newest event.
    package let head: LogPosition
    /// A change for each event after the position that was asked for, in ascending order, perhaps with earlier ones;
    /// `nil` if the head is more than `maximumSpan` positions away from it.
    package let changes: [Change]?

    package init(head: LogPosition, changes: [Change]?) {
        self.head = head
        self.changes = changes
    }
}
