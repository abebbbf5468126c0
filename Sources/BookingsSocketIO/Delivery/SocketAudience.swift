import Bookings

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
    private let carriesOffset: Bool
    private lazy var full = text(of: encoder.data(of: logged))
    private lazy var anonymous = text(of: encoder.anonymousData(of: logged))

    /// `carriesOffset`: the place in the log stands behind the event, for state recovery.
    init(_ logged: LoggedEvent, encoder: EventEncoder, carriesOffset: Bool) {
        self.logged = logged
        self.encoder = encoder
        self.carriesOffset = carriesOffset
    }

    private func text(of data: [UInt8]) -> [UInt8] {
        let offset = carriesOffset ? encoder.cursor(at: logged.position) : nil
        return SocketIOText.event(logged.event.name.rawValue, data, offset: offset)
    }

    package func text(for audience: SocketAudience) -> [UInt8] {
        audience == .anonymous ? anonymous : full
    }
}
