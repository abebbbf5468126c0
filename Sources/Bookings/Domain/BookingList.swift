/// The three lists of bookings.
public enum BookingList: String, CaseIterable, Sendable {
    case all
    case upcoming
    case past
}

extension Booking {
    /// Each booking that is not cancelled or declined is in exactly one of `upcoming` and `past` at an instant.
    public func isIn(_ list: BookingList, asOf instant: Timestamp) -> Bool {
        switch list {
        case .all: true
        case .upcoming: status.isListed && slot.end > instant
        case .past: status.isListed && slot.end <= instant
        }
    }
}

/// How a list is sorted. Ties are broken by id, in the direction of the sort.
public struct BookingSort: Hashable, Sendable {
    public enum Field: String, Sendable {
        case startTime = "start_time"
        case createdAt = "created_at"
    }

    public let field: Field
    public let descending: Bool

    public init(_ field: Field, descending: Bool = false) {
        self.field = field
        self.descending = descending
    }
}

/// Where a row stands in a sorted list.
public struct SortKey: Hashable, Sendable {
    public let instant: Timestamp
    public let id: BookingID

    public init(instant: Timestamp, id: BookingID) {
        self.instant = instant
        self.id = id
    }
}

extension BookingSort {
    public func key(of booking: Booking) -> SortKey {
        SortKey(instant: field == .startTime ? booking.slot.start : booking.createdAt, id: booking.id)
    }

    /// Whether a row with the first key stands before one with the second.
    public func precedes(_ left: SortKey, _ right: SortKey) -> Bool {
        let ascending = left.instant != right.instant ? left.instant < right.instant : left.id < right.id
        return left == right ? false : ascending != descending
    }
}

/// What is asked of a list, besides whose bookings and which stretch of it.
public struct BookingFilter: Hashable, Sendable {
    public var statuses: Set<BookingStatus> = []
    public var providerID: ProviderID?
    public var customerID: Subject?
    public var serviceID: ServiceID?
    /// Bookings that overlap `[from, to)`; either side may be open.
    public var from: Timestamp?
    public var to: Timestamp?

    public init() {}

    public func accepts(_ booking: Booking) -> Bool {
        (statuses.isEmpty || statuses.contains(booking.status))
            && (providerID == nil || providerID == booking.providerID)
            && (customerID == nil || customerID == booking.customerID)
            && (serviceID == nil || serviceID == booking.serviceID)
            && (from.map { booking.slot.end > $0 } ?? true)
            && (to.map { booking.slot.start < $0 } ?? true)
    }
}

/// One list, for one caller, at one instant.
public struct BookingQuery: Hashable, Sendable {
    public var list: BookingList
    public var scope: BookingScope
    public var filter: BookingFilter
    public var sort: BookingSort
    public var asOf: Timestamp

    public init(
        list: BookingList, scope: BookingScope, filter: BookingFilter = BookingFilter(), sort: BookingSort? = nil,
        asOf: Timestamp
    ) {
        self.list = list
        self.scope = scope
        self.filter = filter
        self.sort = sort ?? BookingSort(.startTime, descending: list == .past)
        self.asOf = asOf
    }

    public func accepts(_ booking: Booking) -> Bool {
        scope.contains(booking) && booking.isIn(list, asOf: asOf) && filter.accepts(booking)
    }
}
