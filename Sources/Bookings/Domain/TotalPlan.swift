/// How the total of a list is computed from counts of bookings by the day of their start: most bookings are counted by
/// adding counts of days, only those at the bounds of the list are read.
///
/// No booking lasts longer than a day. So a booking that starts on or after the list's lower bound ends after it, and one
/// that starts a day before the upper bound has ended by it: for all starts between, the counts alone decide.
package struct TotalPlan: Hashable, Sendable {
    /// Whose bookings are counted.
    package let owner: CountedOwner
    /// Whether the scope is a provider's and a customer's together: what is the customer's alone is not in the plan.
    package let omitsCustomer: Bool
    /// The statuses that the list has.
    package let statuses: [BookingStatus]
    /// The starts for which counts decide; whole days (UTC), perhaps none.
    package let counted: Range<Timestamp>
    /// The starts for which bookings are read, up to two ranges.
    package let read: [Range<Timestamp>]

    /// Returns `nil` when the list has conditions that no count distinguishes.
    package init?(_ query: BookingQuery) {
        guard query.filter.serviceID == nil, let owner = CountedOwner(query) else { return nil }
        self.owner = owner
        omitsCustomer = query.scope.provider != nil && query.scope.customer != nil
        statuses = BookingStatus.allCases.filter { status in
            (query.list == .all || status.isListed)
                && (query.filter.statuses.isEmpty || query.filter.statuses.contains(status))
        }
        let bounds = Bounds(query)
        let (first, last) = (bounds.firstDecided.roundedUpToDay, bounds.lastDecided.roundedDownToDay)
        guard first < last else {
            counted = first..<first
            read = [bounds.start..<max(bounds.start, bounds.end)]
            return
        }
        counted = first..<last
        read = [bounds.start..<first, last..<bounds.end].filter { !$0.isEmpty }
    }

    /// The counts whose sum is the number of bookings that start in `counted`, as few as possible.
    package var counts: [CountRange] { CountRange.covering(counted) }

    /// The starts of the bookings that a list can have.
    private struct Bounds {
        /// No booking of the list starts before.
        let start: Timestamp
        /// Each booking of the list starts before.
        let end: Timestamp
        /// Bookings that start between these belong to the list, as far as time decides.
        let firstDecided: Timestamp
        let lastDecided: Timestamp

        init(_ query: BookingQuery) {
            let afterLatest = Timestamp.latest + .milliseconds(1)
            let endsAfter = [query.filter.from, query.list == .upcoming ? query.asOf : nil].compactMap { $0 }.max()
            let endsBy = query.list == .past ? query.asOf : afterLatest + TimeSlot.longest
            let startsBefore = query.filter.to ?? afterLatest
            start = endsAfter.map { max(.earliest, $0 - TimeSlot.longest) } ?? .earliest
            end = min(startsBefore, endsBy)
            firstDecided = endsAfter ?? .earliest
            lastDecided = min(startsBefore, endsBy - TimeSlot.longest)
        }
    }
}

/// Those whose bookings are counted by the day of their start.
package enum CountedOwner: Hashable, Sendable {
    case everybody
    case provider(ProviderID)
    case customer(Subject)

    /// Returns the owner of the bookings in the scope that the filter accepts; of a provider's and a customer's together
    /// the provider. `nil` when the bookings are only a part of each owner's.
    fileprivate init?(_ query: BookingQuery) {
        let (scope, filter) = (query.scope, query.filter)
        switch (scope.provider ?? filter.providerID, scope.customer ?? filter.customerID) {
        case (nil, nil): self = .everybody
        case (let provider?, nil): self = .provider(provider)
        case (nil, let customer?): self = .customer(customer)
        case (let provider?, _?):
            guard filter.providerID == nil, filter.customerID == nil else { return nil }
            self = .provider(provider)
        }
    }

    /// The owner as stores name it: a letter, and the ID.
    package var key: String {
        switch self {
        case .everybody: "a"
        case .provider(let id): "p\(id)"
        case .customer(let subject): "c\(subject.text)"
        }
    }
}
