import Bookings

/// Which events a socket gets. The server alone decides it, by the token.
enum SocketAudience: Hashable, Sendable {
    /// The events of every booking, without its customer.
    case anonymous
    /// The events of the bookings in a scope.
    case scope(BookingScope)

    /// The scope in which missed events are read from the log.
    var scope: BookingScope {
        switch self {
        case .anonymous: .all
        case .scope(let scope): scope
        }
    }
}
