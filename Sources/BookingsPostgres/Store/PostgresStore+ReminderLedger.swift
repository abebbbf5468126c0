import Bookings

extension PostgresStore: ReminderLedger {
    /// How many candidates for the booking of an event's id one statement looks up.
    private static let candidateBatch = 2048

    /// Returns a page of the ledger by one statement, which is one snapshot.
    package func reminders(
        _ filter: ReminderFilter, after key: ReminderKey?, limit: Int
    ) async throws(StoreError) -> [ReminderEntry] {
        let list = LedgerStatement(filter, after: key, limit: limit)
        let rows = try await pool.list(list.statement, list.parameters, of: .all)
        return try rows.map { row throws(StoreError) in try Self.entry(row) }
    }

    /// Appends a copy of the event by the function `replay_reminder`.
    package func replay(_ id: EventID, at now: Timestamp) async throws(StoreError) -> ReplayOutcome {
        guard let entry = try await recordedReminder(id) else { return .unknown }
        let identity = entry.identity
        let rows = try await pool.write(
            Statements.replay,
            [
                identity.bookingID.description, "\(identity.timesVersion)", "\(identity.lead.wholeMilliseconds)",
                "\(now.milliseconds)",
            ])
        switch try rows.first?.text(0) {
        case "announced": return .announced(entry, LogPosition(try rows.first?.integer(1) ?? 0))
        case "not_owed": return .notOwed
        default: return .unknown
        }
    }

    /// Returns the reminder whose event has this id; see `ReminderKind`.
    private func recordedReminder(_ id: EventID) async throws(StoreError) -> ReminderEntry? {
        let kinds = try await pool.read(Statements.reminderKinds, []).map { row throws(StoreError) in
            ReminderKind(timesVersion: Int(try row.integer(0)), lead: .milliseconds(try row.integer(1)))
        }
        var candidates = kinds.flatMap { $0.candidates(for: id) }[...]
        while !candidates.isEmpty {
            let batch = candidates.prefix(Self.candidateBatch)
            candidates = candidates.dropFirst(batch.count)
            let rows = try await pool.list(
                Statements.recordedReminders,
                [
                    PostgresArray.literal(batch.map { $0.bookingID.description }),
                    PostgresArray.literal(batch.map { "\($0.timesVersion)" }),
                    PostgresArray.literal(batch.map { "\($0.lead.wholeMilliseconds)" }),
                ], of: .all)
            if let row = rows.first { return try Self.entry(row) }
        }
        return nil
    }

    /// Reads an entry from a row that has the columns of `LedgerStatement`.
    private static func entry(_ row: PostgresRow) throws(StoreError) -> ReminderEntry {
        guard let outcome = ReminderEntry.Outcome(rawValue: try row.text(5)) else {
            throw .corrupt("a reminder has an unknown outcome")
        }
        return ReminderEntry(
            identity: ReminderIdentity(
                bookingID: try row.identifier(0), timesVersion: Int(try row.integer(1)),
                lead: .milliseconds(try row.integer(2))),
            providerID: try row.identifier(3), dueAt: try row.instant(4), outcome: outcome,
            recordedAt: try row.optionalInteger(6).map { Timestamp(milliseconds: $0) },
            recordedBy: row.optionalText(7))
    }
}
