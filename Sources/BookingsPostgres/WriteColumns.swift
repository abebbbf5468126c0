import Bookings

/// A write as values for `write_booking`, or with others for the columns of `write_bookings`.
struct WriteColumns: Sendable {
    static let count = 28
    /// How many of them stand before those of the idempotency record.
    private static let beforeRecord = 16

    /// In the order of the function's first parameters.
    let values: [String?]
    /// Milliseconds of each reminder's lead and due instant.
    let reminders: [(lead: Int64, dueAt: Int64)]
    /// What it reads and changes: writes that share none of these may go out as one.
    let subjects: [String]

    init(_ write: BookingWrite) {
        let (booking, record) = (write.booking, write.idempotency)
        let oldest = booking.updatedAt - IdempotencyKey.lifetime
        values =
            BookingColumns.parameters(booking) + [
                write.replaces.map { "\($0)" }, write.action.rawValue, write.origin.subject.text,
                write.origin.roles.map(\.rawValue).joined(separator: ","), write.origin.requestID,
            ] + (record.map(RecordColumns.parameters) ?? RecordColumns.none) + ["\(oldest.milliseconds)"]
        reminders = write.reminders.map { ($0.lead.wholeMilliseconds, $0.dueAt.milliseconds) }
        let key = record?.key
        subjects =
            [booking.id.description, booking.providerID.description]
            + (key.map { ["\($0.subject.text) \($0.method) \($0.path) \($0.key)"] } ?? [])
    }

    /// The parameters of a call for this write by itself: its reminders stand before the idempotency record.
    var parameters: [String?] {
        let plan = [Self.array(reminders.map { "\($0.lead)" }), Self.array(reminders.map { "\($0.dueAt)" })]
        return values[..<Self.beforeRecord] + plan + values[Self.beforeRecord...]
    }

    /// The parameters of one call for all of them.
    static func parameters(_ writes: [WriteColumns]) -> [String?] {
        var arrays = (0..<count).map { column in array(writes.map { $0.values[column] }) }
        let reminders = writes.enumerated().flatMap { number, write in write.reminders.map { (number + 1, $0) } }
        arrays.append(array(reminders.map { "\($0.0)" }))
        arrays.append(array(reminders.map { "\($0.1.lead)" }))
        arrays.append(array(reminders.map { "\($0.1.dueAt)" }))
        return arrays
    }

    /// An array as text (PostgreSQL's manual, 8.15.2), every element in quotes.
    static func array(_ elements: [String?]) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for element in elements {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            guard let element else {
                bytes.append(contentsOf: "null".utf8)
                continue
            }
            bytes.append(UInt8(ascii: "\""))
            for byte in element.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}
