/// The three lists of bookings.
package enum BookingList: String, CaseIterable, Sendable {
    case all
    case upcoming
    case past
}

extension Booking {
    /// Each booking that is not cancelled or declined is in exactly one of `upcoming` and `past` at an instant.
    package func isIn(_ list: BookingList, asOf instant: Timestamp) -> Bool {
        switch list {
        case .all: true
        case .upcoming: status.isListed && slot.end > instant
        case .past: status.isListed && slot.end <= instant
        }
    }
}

/// How a list is sorted. Ties are broken by id, in the direction of the sort.
package struct BookingSort: Hashable, Sendable {
    package enum Field: String, Sendable {
        case startTime = "start_time"
        case createdAt = "created_at"
    }

    package let field: Field
    package let descending: Bool

    package init(_ field: Field, descending: Bool = false) {
        self.field = field
        self.descending = descending
    }
}

/// Where a row stands in a sorted list.
package struct SortKey: Hashable, Sendable {
    package let instant: Timestamp
    package let id: BookingID

    package init(instant: Timestamp, id: BookingID) {
        self.instant = instant
        self.id = id
    }
}

extension BookingSort {
    package func key(of booking: Booking) -> SortKey {
        SortKey(instant: field == .startTime ? booking.slot.start : booking.createdAt, id: booking.id)
    }

    /// Whether a row with the first key stands before one with the second.
    package func precedes(_ left: SortKey, _ right: SortKey) -> Bool {
        let ascending = left.instant != right.instant ? left.instant < right.instant : left.id < right.id
        return left == right ? false : ascending != descending
    }
}

/// What is asked of a list, besides whose bookings and which stretch of it.
package struct BookingFilter: Hashable, Sendable {
    package var statuses: Set<BookingStatus> = []
    package var providerID: ProviderID?
    package var customerID: Subject?
    package var serviceID: ServiceID?
    /// Bookings that overlap `[from, to)`; either side may be open.
    package var from: Timestamp?
    package var to: Timestamp?

    package init() {}

    package func accepts(_ booking: Booking) -> Bool {
        (statuses.isEmpty || statuses.contains(booking.status))
            && (providerID == nil || providerID == booking.providerID)
            && (customerID == nil || customerID == booking.customerID)
            && (serviceID == nil || serviceID == booking.serviceID)
            && (from.map { booking.slot.end > $0 } ?? true)
            && (to.map { booking.slot.start < $0 } ?? true)
    }
}

/// One list, for one caller, at one instant.
package struct BookingQuery: Hashable, Sendable {
    package var list: BookingList
    package var scope: BookingScope
    package var filter: BookingFilter
    package var sort: BookingSort
    package var asOf: Timestamp

    package init(
        list: BookingList, scope: BookingScope, filter: BookingFilter = BookingFilter(), sort: BookingSort? = nil,
        asOf: Timestamp
    ) {
        self.list = list
        self.scope = scope
        self.filter = filter
        self.sort = sort ?? BookingSort(.startTime, descending: list == .past)
        self.asOf = asOf
    }

    package func accepts(_ booking: Booking) -> Bool {
        scope.contains(booking) && booking.isIn(list, asOf: asOf) && filter.accepts(booking)
    }
}
