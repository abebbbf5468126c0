import Bookings

/// A write as an element of each of the arrays that `write_bookings` takes.
struct WriteColumns: Sendable {
    /// The number of arrays with an element for each write; those of the reminders and the traces follow.
    private static let count = 28
    /// The number of all arrays.
    static let parameterCount = count + 4

    /// The elements, in the order of the function's parameters.
    let values: [String?]
    /// The lead and the due instant of each reminder, in milliseconds.
    let reminders: [(lead: Int64, dueAt: Int64)]
    /// The trace that the event keeps.
    let traceparent: String?
    /// What the write reads or changes. Writes that share none of it do not depend on each other.
    let subjects: [String]

    init(_ write: BookingWrite) {
        let (booking, record) = (write.booking, write.idempotency)
        let oldestRecord = booking.updatedAt - IdempotencyKey.lifetime
        values =
            BookingColumns.parameters(booking) + [
                write.replaces.map { "\($0)" }, write.action.rawValue, write.origin.subject.text,
                write.origin.roles.map(\.rawValue).joined(separator: ","), write.origin.requestID,
            ] + (record.map(RecordColumns.parameters) ?? RecordColumns.none) + ["\(oldestRecord.milliseconds)"]
        reminders = write.reminders.map { ($0.lead.wholeMilliseconds, $0.dueAt.milliseconds) }
        traceparent = write.origin.trace?.traceparent
        subjects =
            [booking.id.description, booking.providerID.description]
            + (record.map { [RecordColumns.key($0.key).joined(separator: " ")] } ?? [])
    }

    /// Returns the parameters of one call for all of the writes, which must not depend on each other.
    static func parameters(_ writes: [WriteColumns]) -> [String] {
        let reminders = writes.enumerated().flatMap { index, write in
            write.reminders.map { (write: index + 1, lead: $0.lead, dueAt: $0.dueAt) }
        }
        return (0..<count).map { column in PostgresArray.literal(writes.map { $0.values[column] }) } + [
            PostgresArray.literal(reminders.map { "\($0.write)" }),
            PostgresArray.literal(reminders.map { "\($0.lead)" }),
            PostgresArray.literal(reminders.map { "\($0.dueAt)" }),
            // Most writes have none; an array without elements spares the function all of them.
            writes.allSatisfy { $0.traceparent == nil } ? "{}" : PostgresArray.literal(writes.map(\.traceparent)),
        ]
    }
}
