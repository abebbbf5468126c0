import Bookings
import HTTPTypes

/// Serves the ledger of reminders to admins.
package struct ReminderController: Sendable {
    private let listReminders: ListReminders
    private let replayReminder: ReplayReminder
    private let writes: BookingWrites
    private let cursorCipher: CursorCipher

    /// Creates a controller. `writes` keeps the responses to requests with an idempotency key.
    package init(
        listReminders: ListReminders, replayReminder: ReplayReminder, writes: BookingWrites, cursorCipher: CursorCipher
    ) {
        self.listReminders = listReminders
        self.replayReminder = replayReminder
        self.writes = writes
        self.cursorCipher = cursorCipher
    }

    /// `GET /reminders`, with filters. Cursors are bound to the filters and the caller.
    func list(_ context: RequestContext) async throws -> Response {
        let principal = try context.principal()
        guard principal.roles.contains(.admin) else { throw BookingError.forbidden }
        var reader = QueryReader(context.query)
        let filter = reader.reminderFilter()
        let limit = reader.integer("limit", in: 1...100) ?? 10
        let cursorContext = Array("reminders \(filter.text) of \(principal.subject.text)".utf8)
        let key = reader.cursor("cursor") { ReminderCursor.open($0, context: cursorContext, with: cursorCipher) }
        try reader.throwErrors()
        let page = try await listReminders(filter, after: key, limit: limit, by: principal)
        let next = page.next.map { ReminderCursor.seal($0, context: cursorContext, with: cursorCipher) }
        return Response(json: ReminderJSON.page(page.entries, limit: limit, nextCursor: next))
    }

    /// `POST /reminders/{event_id}/replay`.
    func replay(_ context: RequestContext) async throws -> Response {
        let principal = try context.principal()
        guard principal.roles.contains(.admin) else { throw BookingError.forbidden }
        guard let id = EventID(context.parameter) else { throw Self.unknown }
        var reader = BodyReader(
            try JSONBody(of: context).parsed(empty: .object([]), errors: context.idempotencyErrors))
        reader.finish()
        let errors = context.idempotencyErrors + reader.errors
        guard errors.isEmpty else { throw Problem.validation(errors) }
        if let request = context.idempotentRequest, let earlier = try await writes.earlierAnswer(to: request) {
            return earlier.response(isReplay: true)
        }
        switch try await replayReminder(id, by: principal) {
        case .announced(let entry, _): return try await answer(with: entry, to: context.idempotentRequest)
        case .unknown: throw Self.unknown
        case .notOwed:
            throw Problem(
                .illegalTransition, "The booking is not confirmed any more, or was moved: it owes no such reminder.")
        }
    }

    /// A request that is repeated between the commit of the copy and that of its record announces the event twice.
    private func answer(
        with entry: ReminderEntry, to request: IdempotentRequest?
    ) async throws(BookingError) -> Response {
        let answer = StoredAnswer(
            status: 200, contentType: "application/json", etag: nil, location: nil, body: ReminderJSON.object(entry))
        guard let request else { return answer.response() }
        let kept = try await writes.keep(answer, to: request)
        return kept.response(isReplay: kept != answer)
    }

    private static let unknown = Problem(
        .notFound, "No reminder with this event ID was announced, or its event is no longer retained.")
}

extension QueryReader {
    /// Reads the filters of `GET /reminders`.
    fileprivate mutating func reminderFilter() -> ReminderFilter {
        var filter = ReminderFilter()
        for name in strings("outcome") {
            if let outcome = ReminderEntry.Outcome(rawValue: name) {
                filter.outcomes.insert(outcome)
            } else {
                let names = ReminderEntry.Outcome.allCases.map(\.rawValue).joined(separator: ", ")
                addError("outcome", "outcome must be one of \(names).")
            }
        }
        filter.providerID = identifier("provider_id")
        filter.bookingID = identifier("booking_id")
        filter.from = timestamp("from")
        filter.to = timestamp("to")
        return filter
    }
}

extension ReminderFilter {
    /// The filter as an unambiguous string, for cursors.
    fileprivate var text: String {
        [
            accepted.map(\.rawValue).joined(separator: ","), providerID?.description ?? "-",
            bookingID?.description ?? "-", "\(from?.milliseconds ?? -1)", "\(to?.milliseconds ?? -1)",
        ].joined(separator: " ")
    }
}
