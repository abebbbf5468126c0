import Bookings

/// What a listener reads of an event.
struct ReceivedEvent {
    enum Kind: Equatable {
        case created, reminder, other
    }

    let kind: Kind
    let service: ServiceID?
    let occurredAt: Timestamp?
    /// Of a reminder.
    let dueAt: Timestamp?

    /// Reads the packet of a Socket.IO event: an array of the name and one argument.
    init(packet bytes: UnsafeRawBufferPointer) {
        let kind: Kind =
            bytes.starts(with: #"["booking.created""#.utf8)
            ? .created : bytes.starts(with: #"["booking.reminder""#.utf8) ? .reminder : .other
        self.init(kind, bytes)
    }

    /// Reads the data of an event of this name.
    init(name: String, data: String) {
        var data = data
        let kind: Kind =
            name == EventName.created.rawValue ? .created : name == EventName.reminder.rawValue ? .reminder : .other
        self = data.withUTF8 { ReceivedEvent(kind, UnsafeRawBufferPointer($0)) }
    }

    private init(_ kind: Kind, _ bytes: UnsafeRawBufferPointer) {
        self.kind = kind
        guard kind != .other else {
            (service, occurredAt, dueAt) = (nil, nil, nil)
            return
        }
        service = JSONScan.value(of: #""service_id":""#, in: bytes).flatMap { ServiceID(utf8: $0) }
        occurredAt = JSONScan.value(of: #""occurred_at":""#, in: bytes).flatMap { RFC3339.parse(utf8: $0) }
        dueAt =
            kind == .reminder
            ? JSONScan.value(of: #""due_at":""#, in: bytes).flatMap { RFC3339.parse(utf8: $0) } : nil
    }
}
