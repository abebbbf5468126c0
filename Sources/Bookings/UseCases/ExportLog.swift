/// Writes a stretch of the log as JSON lines, from which the simulator makes a plan: a head, each booking of the stretch
/// as it was before, and the events in the order of the log. Subjects are replaced by their hashes.
package struct ExportLog: Sendable {
    /// The number of events of one read.
    private static let batch = 500

    private let source: any ExportSource
    private let store: any BookingStore
    private let plan: ReminderPlan
    private let initialStatus: BookingStatus
    private let hash: SubjectHash

    /// Creates the use case. Plan and status are those with which the service was configured.
    package init(
        source: any ExportSource, store: any BookingStore, plan: ReminderPlan, initialStatus: BookingStatus,
        hash: SubjectHash
    ) {
        self.source = source
        self.store = store
        self.plan = plan
        self.initialStatus = initialStatus
        self.hash = hash
    }

    /// Writes what was recorded from `from` on and before `to`, a line at a time.
    package func run(
        from: Timestamp, to: Timestamp, write: (String) -> Void
    ) async throws(StoreError) {
        write(head(from, to))
        var position = LogPosition.start
        var seen: Set<BookingID> = []
        while true {
            let events = try await source.exported(after: position, from: from, to: to, limit: Self.batch)
            for event in events {
                let booking = event.logged.event.booking
                if seen.insert(booking.id).inserted, let before = try await state(before: event.logged.event) {
                    write(line(of: before))
                }
                write(line(of: event))
            }
            guard events.count == Self.batch, let last = events.last else { return }
            position = last.logged.position
        }
    }

    /// Returns the booking as it was before an event; `nil` before its creation.
    private func state(before event: BookingEvent) async throws(StoreError) -> Booking? {
        guard case .action = event.kind else { return event.booking }
        guard event.booking.version > 1 else { return nil }
        let version = event.booking.version - 1
        let entry = try await store.history(of: event.booking.id, from: version, limit: 1).first
        return entry?.booking.version == version ? entry?.booking : nil
    }

    // MARK: - Lines

    private func object(_ members: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func head(_ from: Timestamp, _ to: Timestamp) -> String {
        object { writer in
            writer.name("export")
            writer.integer(1)
            writer.name("from")
            writer.timestamp(from)
            writer.name("initial_status")
            writer.string(initialStatus.rawValue)
            writer.name("lead_minutes")
            writer.beginArray()
            for lead in plan.leads { writer.number(Double(lead.wholeMilliseconds) / 60_000) }
            writer.endArray()
            writer.name("to")
            writer.timestamp(to)
        }
    }

    private func line(of before: Booking) -> String {
        object { writer in
            writer.name("before")
            writer.booking(hashed(before))
        }
    }

    private func line(of event: ExportedEvent) -> String {
        object { writer in
            switch event.logged.event.kind {
            case .action(let action): write(action, event, to: &writer)
            case .reminder(let notice): write(notice, event, to: &writer)
            }
            writer.name("occurred_at")
            writer.timestamp(event.logged.event.occurredAt)
            writer.name("position")
            writer.integer(event.logged.position.number)
        }
    }

    private func write(_ action: ActionName, _ event: ExportedEvent, to writer: inout JSONWriter) {
        writer.name("action")
        writer.string(action.rawValue)
        writer.name("booking")
        writer.booking(hashed(event.logged.event.booking))
        guard let origin = event.origin else { return }
        writer.name("actor")
        writer.beginObject()
        writer.name("roles")
        writer.beginArray()
        for role in origin.roles { writer.string(role.rawValue) }
        writer.endArray()
        writer.name("sub")
        writer.string(hash(origin.subject))
        writer.endObject()
        writer.name("request_id")
        writer.string(origin.requestID)
    }

    private func write(_ notice: ReminderNotice, _ event: ExportedEvent, to writer: inout JSONWriter) {
        writer.name("reminder")
        writer.beginObject()
        writer.name("booking_id")
        writer.identifier(event.logged.event.booking.id)
        writer.name("due_at")
        writer.timestamp(notice.dueAt)
        writer.name("event_id")
        writer.identifier(event.logged.event.id)
        writer.name("late")
        writer.bool(notice.isLate)
        writer.name("minutes_before")
        writer.number(Double(notice.lead.wholeMilliseconds) / 60_000)
        writer.name("recorded_by")
        writer.string(event.recordedBy)
        writer.name("replay")
        writer.bool(event.isCopy)
        writer.endObject()
    }

    private func hashed(_ booking: Booking) -> Booking {
        Booking(
            id: booking.id, providerID: booking.providerID,
            customerID: booking.customerID.flatMap { Subject(hash($0)) },
            serviceID: booking.serviceID, slot: booking.slot, status: booking.status, version: booking.version,
            timesVersion: booking.timesVersion, createdAt: booking.createdAt, updatedAt: booking.updatedAt)
    }
}
