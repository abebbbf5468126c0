/// Which events a socket hears: its rooms, which the server alone decides.
enum SocketAudience: Hashable, Sendable {
    /// Every booking, without its customer.
    case anonymous
    case scope(BookingScope)

    func hears(_ booking: Booking) -> Bool {
        switch self {
        case .anonymous: true
        case .scope(let scope): scope.contains(booking)
        }
    }

    /// What of the log a resume reads.
    var scope: BookingScope {
        switch self {
        case .anonymous: .all
        case .scope(let scope): scope
        }
    }
}

/// An event as frames carry it, encoded once for all sockets that hear it, and only when one does.
final class EncodedEvent {
    let logged: LoggedEvent
    private let encoder: EventEncoder
    private lazy var full = SocketIOText.event(logged.event.name.rawValue, encoder.data(of: logged))
    private lazy var anonymous = SocketIOText.event(logged.event.name.rawValue, encoder.anonymousData(of: logged))

    init(_ logged: LoggedEvent, encoder: EventEncoder) {
        self.logged = logged
        self.encoder = encoder
    }

    func text(for audience: SocketAudience) -> [UInt8] {
        audience == .anonymous ? anonymous : full
    }
}
