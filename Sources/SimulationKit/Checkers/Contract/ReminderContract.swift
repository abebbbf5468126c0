import Bookings

/// The part of `contract` about reminders.
struct ReminderContract {
    private let history: History
    private let versions: [BookingModel.Version]

    init(_ history: History, _ versions: [BookingModel.Version]) {
        self.history = history
        self.versions = versions
    }

    /// Returns in what the reminder differs from each that the booking could have; `nil` when it is one of them.
    func violation(_ entry: History.LogEntry, _ data: JSONValue, cursor: String) -> String? {
        // Nothing is known of a booking that no request of the run made.
        guard !versions.isEmpty else { return nil }
        let candidates = versions.filter { $0.booking.status == .confirmed }.flatMap { version in
            history.leads.map { reminder(of: version, lead: $0, at: entry.occurredAt) }
        }
        guard let expected = candidates.last(where: { $0.id.description == entry.event }) else {
            return "has an id that no reminder of \(entry.booking?.description ?? "its booking") has"
        }
        return data.difference(from: expected.reminderData(cursor: cursor))
    }

    private func reminder(of version: BookingModel.Version, lead: Duration, at now: Timestamp) -> BookingEvent {
        let booking = version.booking
        let due = booking.slot.start - lead
        // A reminder is armed when its booking is confirmed, or takes these times as a confirmed one.
        let armed = versions.last {
            $0.booking.timesVersion == booking.timesVersion && $0.booking.status == .confirmed
                && [.create, .confirm, .reschedule].contains($0.action)
        }
        let isLate = now > due + Reminder.tolerance || (armed?.booking.updatedAt ?? .earliest) > due
        return BookingEvent(
            booking: booking, kind: .reminder(ReminderNotice(dueAt: due, lead: lead, isLate: isLate)), occurredAt: now)
    }
}

extension BookingEvent {
    /// The event of a reminder as every transport shows it, with its members sorted by name.
    fileprivate func reminderData(cursor: String) -> JSONValue {
        guard case .reminder(let notice) = kind else { return .null }
        var writer = JSONWriter()
        writer.number(Double(notice.lead.wholeMilliseconds) / 60_000)
        let minutes = String(decoding: writer.bytes, as: UTF8.self)
        return .object([
            JSONMember(name: "booking_id", value: .string(booking.id.description)),
            JSONMember(name: "customer_id", value: booking.customerID.map { .string($0.text) } ?? .null),
            JSONMember(name: "due_at", value: .string(RFC3339.string(notice.dueAt))),
            JSONMember(name: "end_time", value: .string(RFC3339.string(booking.slot.end))),
            JSONMember(name: "event", value: stamp(cursor: cursor)),
            JSONMember(name: "late", value: .bool(notice.isLate)),
            JSONMember(name: "minutes_before", value: .number(minutes)),
            JSONMember(name: "provider_id", value: .string(booking.providerID.description)),
            JSONMember(name: "service_id", value: .string(booking.serviceID.description)),
            JSONMember(name: "start_time", value: .string(RFC3339.string(booking.slot.start))),
        ])
    }
}
