/// A list of bookings that clients can read.
package enum BookingList: String, CaseIterable, Sendable {
    case all
    case upcoming
    case past
}

extension Booking {
    /// Returns whether the list has this booking at `instant`. A booking that is neither cancelled nor declined is in
    /// exactly one of `upcoming` and `past`.
    package func isIn(_ list: BookingList, asOf instant: Timestamp) -> Bool {
        switch list {
        case .all: true
        case .upcoming: status.isListed && slot.end > instant
        case .past: status.isListed && slot.end <= instant
        }
    }
}

/// The order of a list. Equal instants are ordered by id, in the same direction.
package struct BookingSort: Hashable, Sendable {
    /// A member that a list can be sorted by; the raw value is its name in the API.
    package enum Field: String, Sendable {
        case startTime = "start_time"
        case createdAt = "created_at"
    }

    /// The member that decides.
    package let field: Field
    /// Whether the latest booking comes first.
    package let descending: Bool

    /// Creates an order, ascending unless `descending` is true.
    package init(_ field: Field, descending: Bool = false) {
        self.field = field
        self.descending = descending
    }
}

/// The position of a booking in a sorted list. A cursor contains the one of the last row of a page.
package struct SortKey: Hashable, Sendable {
    /// The value of the sort field.
    package let instant: Timestamp
    /// The id, which decides between equal instants.
    package let id: BookingID

    /// Creates a key from its members.
    package init(instant: Timestamp, id: BookingID) {
        self.instant = instant
        self.id = id
    }
}

extension BookingSort {
    /// Returns the position of a booking in a list of this order.
    package func key(of booking: Booking) -> SortKey {
        SortKey(instant: field == .startTime ? booking.slot.start : booking.createdAt, id: booking.id)
    }

    /// Returns whether `left` comes before `right`; false for equal keys.
    package func precedes(_ left: SortKey, _ right: SortKey) -> Bool {
        let ascending = left.instant != right.instant ? left.instant < right.instant : left.id < right.id
        return left == right ? false : ascending != descending
    }
}

/// The filters of a list. A filter that is `nil`, or an empty set, accepts every booking.
package struct BookingFilter: Hashable, Sendable {
    /// The accepted statuses.
    package var statuses: Set<BookingStatus> = []
    /// The provider of the bookings.
    package var providerID: ProviderID?
    /// The customer of the bookings.
    package var customerID: Subject?
    /// The service of the bookings.
    package var serviceID: ServiceID?
    /// The start of the interval `[from, to)` that bookings have to overlap.
    package var from: Timestamp?
    /// The end of that interval.
    package var to: Timestamp?

    /// Creates a filter that accepts every booking.
    package init() {}

    /// Returns whether all filters accept the booking.
    package func accepts(_ booking: Booking) -> Bool {
        (statuses.isEmpty || statuses.contains(booking.status))
            && (providerID == nil || providerID == booking.providerID)
            && (customerID == nil || customerID == booking.customerID)
            && (serviceID == nil || serviceID == booking.serviceID)
            && (from.map { booking.slot.end > $0 } ?? true)
            && (to.map { booking.slot.start < $0 } ?? true)
    }
}

/// A list as one caller reads it at one instant.
package struct BookingQuery: Hashable, Sendable {
    /// The list.
    package var list: BookingList
    /// The bookings that the caller may see.
    package var scope: BookingScope
    /// The filters of the request.
    package var filter: BookingFilter
    /// The order.
    package var sort: BookingSort
    /// The instant that decides between `upcoming` and `past`. All pages of a list have that of the first.
    package var asOf: Timestamp

    /// Creates a query. The default order is by start, the latest first for `past`.
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

    /// Whether no booking can meet both scope and filter: the filter names another provider or customer than the caller.
    package var isContradictory: Bool {
        guard !scope.everything else { return false }
        if let provider = scope.provider, scope.customer == nil, let named = filter.providerID {
            return provider != named
        }
        if let customer = scope.customer, scope.provider == nil, let named = filter.customerID {
            return customer != named
        }
        return false
    }

    /// Returns whether the list has the booking.
    package func accepts(_ booking: Booking) -> Bool {
        scope.contains(booking) && booking.isIn(list, asOf: asOf) && filter.accepts(booking)
    }
}
