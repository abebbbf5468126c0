import Bookings

// The clock moves, and what that sets off is delivered before a move returns.

extension ServedCluster {
    /// What a move of the clock set off.
    package struct Advance: Sendable {
        /// Where the clock stands now.
        package let now: Timestamp
        /// The events that were recorded, in their order, as the event stream has them: `{"name","data"}`.
        package let events: [JSONValue]
    }

    /// How far the clock can be moved at once: the hours in which nothing happens cost time as well.
    package static let longestMove = Duration.seconds(366 * 86_400)

    /// Moves the clock, and returns when everything that this set off has been delivered.
    ///
    /// - Throws: `ServeError` when the instant has passed or is too far away.
    package func advance(to instant: Timestamp) async throws -> Advance {
        try await exclusively { try await self.move(to: instant) }
    }

    package func advance(by span: Duration) async throws -> Advance {
        try await exclusively { try await self.move(to: await self.now + span) }
    }

    /// Moves the clock to the next reminder that waits.
    package func advanceToNextReminder() async throws -> Advance {
        try await exclusively {
            guard let due = try await self.nextReminder() else { throw ServeError.noReminderWaits }
            return try await self.move(to: max(due, await self.now))
        }
    }

    private func move(to instant: Timestamp) async throws -> Advance {
        let now = await cluster.now
        guard instant >= now else { throw ServeError.instantHasPassed(now) }
        guard now.duration(to: instant) <= Self.longestMove else { throw ServeError.instantIsTooFar }
        try await cluster.rest()
        if try await readEvents(), !record.owesEvents { record.unreported = [] }
        record.note(["from": RFC3339.string(now), "op": "advance", "to": RFC3339.string(instant)])
        while let end = faults.compactMap(\.end).min(), end <= instant {
            try await turn(upTo: end)
            for fault in faults where fault.end == end { try await repair(fault) }
        }
        try await turn(upTo: instant)
        record.owesEvents = try await !readEvents()
        defer { record.unreported = [] }
        return Advance(now: await cluster.now, events: record.unreported)
    }

    private func turn(upTo instant: Timestamp) async throws {
        while try await cluster.turn(upTo: instant) {
            try await cluster.rest()
            _ = try await cluster.reap()
            try await readNewEvents()
        }
        try await cluster.rest()
        for front in fronts { await front.drain() }
    }

    private func nextReminder() async throws -> Timestamp? {
        guard let json = try await get("/reminders?outcome=waiting&limit=1") else { throw ServeError.noReplicaAnswers }
        guard case .array(let page)? = json["data"] else { return nil }
        return page.first?["due_at"]?.string.flatMap { RFC3339.parse($0) }
    }
}
