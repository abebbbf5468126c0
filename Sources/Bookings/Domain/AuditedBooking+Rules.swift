extension AuditedBooking {
    /// Returns what is wrong with the booking.
    ///
    /// - Parameters:
    ///   - now: An instant at or after which the booking was read.
    ///   - retention: How long the log keeps events.
    package func violations(at now: Timestamp, retention: Duration) -> [AuditViolation] {
        overlaps() + gaps() + contradictions() + missingReminders(at: now, retention: retention) + repeatedReminders()
            + earlyReminders() + staleReminders()
    }

    private func violation(_ invariant: AuditInvariant, _ detail: String) -> AuditViolation {
        AuditViolation(invariant, [booking.id], detail)
    }

    private func overlaps() -> [AuditViolation] {
        overlapping.map { [AuditViolation(.overlap, [booking.id, $0], "the slots overlap")] } ?? []
    }

    private func gaps() -> [AuditViolation] {
        let count = min(booking.version, Self.maximumChanges)
        let first = booking.version - count + 1
        guard changes.count != count || changes.first != first || changes.last != booking.version else { return [] }
        return [
            violation(
                .versions,
                "version \(booking.version), but the history has \(changes.count) changes from \(changes.first) to "
                    + "\(changes.last) instead of \(count) from \(first)")
        ]
    }

    private func contradictions() -> [AuditViolation] {
        guard let result = changes.result else { return [] }
        if result != booking { return [violation(.history, "the row differs from its history")] }
        if !changes.areOfOneBooking {
            return [violation(.history, "the history has another provider, customer, service or creation")]
        }
        return []
    }

    /// Reminders keep the leads with which they were armed, which need not be the configured ones, and the log forgets those
    /// that were recorded before the retention. So a booking is judged while it has not started and no lead is so long
    /// that its reminder may be forgotten, and must have any reminder of its times.
    private func missingReminders(at now: Timestamp, retention: Duration) -> [AuditViolation] {
        let isKept = booking.slot.start - Reminder.longestLead > now - retention
        guard booking.status == .confirmed, booking.slot.start > now, isKept else { return [] }
        let isWaiting = waiting.contains { $0.timesVersion == booking.timesVersion }
        let isRecorded = recorded.contains { $0.kind.timesVersion == booking.timesVersion }
        return isWaiting || isRecorded ? [] : [violation(.reminderMissing, "no reminder waits or was recorded")]
    }

    private func repeatedReminders() -> [AuditViolation] {
        var seen: Set<ReminderKind> = []
        let repeated = recorded.map(\.kind).filter { !seen.insert($0).inserted }
        let again = waiting.map { ReminderKind(timesVersion: $0.timesVersion, lead: $0.lead) }.filter(seen.contains)
        return repeated.map { violation(.reminderTwice, "the reminder of \(describe($0)) was recorded twice") }
            + again.map { violation(.reminderTwice, "the reminder of \(describe($0)) was recorded and waits again") }
    }

    private func earlyReminders() -> [AuditViolation] {
        let recordedEarly = recorded.filter { $0.occurredAt < $0.dueAt }.map(\.kind)
        let wrong = waiting.filter {
            $0.timesVersion == booking.timesVersion && $0.dueAt != booking.slot.start - $0.lead
        }
        return recordedEarly.map { violation(.reminderEarly, "the reminder of \(describe($0)) was recorded early") }
            + wrong.map {
                violation(.reminderEarly, "a reminder waits for \($0.dueAt.milliseconds), not start minus lead")
            }
    }

    private func staleReminders() -> [AuditViolation] {
        let stale = waiting.filter { booking.status != .confirmed || $0.timesVersion != booking.timesVersion }
        return stale.isEmpty
            ? [] : [violation(.reminderStale, "\(stale.count) reminders wait that the booking does not owe")]
    }

    private func describe(_ kind: ReminderKind) -> String {
        "version \(kind.timesVersion) with the lead \(kind.lead.wholeMilliseconds) ms"
    }
}
