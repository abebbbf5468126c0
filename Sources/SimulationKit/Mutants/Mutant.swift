import Bookings

/// Bugs planted to see that the checkers catch them: by decorated ports, by the schema, or by a proxy before the clients'
/// sockets. None of it is in the service.
package enum Mutant: String, CaseIterable, Sendable {
    // Ports.
    case reminderSecondEarly = "reminder-second-early"
    case reminderSlow = "reminder-45s-late"
    case reminderTwice = "reminder-twice"
    case reminderAfterCancel = "reminder-after-cancel"
    case reminderOncePerBooking = "reminder-once-per-booking"
    case ownClock = "own-clock"
    case announceFirst = "announce-before-commit"
    case resumeSkips = "resume-skips-one"
    case resumeRepeats = "resume-repeats-one"
    case relayStops = "relay-stops-at-failure"
    case pageSkipsRow = "page-skips-row"
    case pageRepeatsRow = "page-repeats-row"
    case boundaryGap = "boundary-gap"
    case keysForgotten = "keys-forgotten"
    case writesLost = "writes-lost"
    case refusalAcknowledged = "refusal-acknowledged"
    case falseRefusal = "false-refusal"
    case staleBookings = "stale-bookings"
    case cacheIgnoresChanges = "cache-ignores-changes"
    case cacheIgnoresCaller = "cache-ignores-caller"
    case rolesIgnored = "roles-ignored"
    case expiryIgnored = "expiry-ignored"
    case signatureIgnored = "signature-ignored"
    // The schema.
    case dueLate = "schema-due-late"
    case historyLost = "schema-history-lost"
    case eventsLost = "schema-events-lost"
    case slotsShortened = "schema-slots-shortened"
    case overlapUnchecked = "schema-overlap-unchecked"
    case remindersRepeated = "schema-reminders-repeated"
    case keysLost = "schema-keys-lost"
    // A proxy.
    case framesDropped = "proxy-drops-frames"
    case framesRepeated = "proxy-repeats-frames"
    case framesSwapped = "proxy-swaps-frames"
    case publishLost = "proxy-loses-publish"

    package init?(named name: String?) {
        guard let name else { return nil }
        self.init(rawValue: name)
    }

    /// The invariant that must catch it.
    package var caughtBy: String { description.caughtBy }

    /// The scenario in which it shows.
    package var scenario: Scenario { description.scenario }

    package var says: String { description.says }

    private var description: (says: String, caughtBy: String, scenario: Scenario) {
        switch self {
        case .reminderSecondEarly: ("reminders fire a second before they are due", "reminder-early", .reminders)
        case .reminderSlow: ("reminders are looked for 45 seconds late", "reminder-late", .reminders)
        case .reminderTwice: ("each reminder is told twice", "reminder-once", .reminders)
        case .reminderAfterCancel:
            ("the booking is not looked at again before its reminder", "reminder-stale", .cancelReschedule)
        case .reminderOncePerBooking:
            ("the version of the times is left out of what makes a reminder one", "reminder-late", .reminders)
        case .ownClock: ("a replica fires by its own clock", "reminder-early", .clockSkew)
        case .announceFirst: ("events are announced before their write is decided", "event-causal", .doubleBooking)
        case .resumeSkips: ("a resume goes on one event too late", "event-gapless", .reconnect)
        case .resumeRepeats: ("a resume begins one event too early", "event-gapless", .reconnect)
        case .relayStops: ("the relay gives up at the first failure", "converge", .everything)
        case .pageSkipsRow: ("a cursor's page loses its first row", "page-walk", .pagination)
        case .pageRepeatsRow: ("a cursor's page begins with the last row once more", "page-walk", .pagination)
        case .boundaryGap: ("past begins a second after upcoming has ended", "partition", .pagination)
        case .keysForgotten: ("idempotency keys are not found again", "idempotent", .dedupe)
        case .writesLost: ("one write in ten is acknowledged and not done", "durable", .reminders)
        case .refusalAcknowledged: ("a taken slot is given all the same", "no-double-booking", .doubleBooking)
        case .falseRefusal: ("a slot that touches another is refused", "no-double-booking", .doubleBooking)
        case .staleBookings: ("a replica remembers bookings as it first read them", "cache-fresh", .cache)
        case .cacheIgnoresChanges: ("cached pages outlive changes", "cache-fresh", .cache)
        case .cacheIgnoresCaller: ("cached pages are shared by callers", "tenant-sealed", .tenants)
        case .rolesIgnored: ("every good token is an admin's", "tenant-sealed", .tenants)
        case .expiryIgnored: ("expired tokens are good", "auth", .tenants)
        case .signatureIgnored: ("signatures are not looked at", "auth", .tenants)
        case .dueLate: ("the database moves due instants back by five seconds", "reminder-late", .reminders)
        case .historyLost: ("the database changes history's request ids", "durable", .reminders)
        case .eventsLost: ("the database loses one event in seven", "event-gapless", .reminders)
        case .slotsShortened: ("the database cuts bookings short", "durable", .doubleBooking)
        case .overlapUnchecked:
            (
                "PostgreSQL has neither the constraint against overlaps nor the look before it", "no-double-booking",
                .doubleBooking
            )
        case .remindersRepeated:
            ("PostgreSQL has no unique key for reminders, and records them twice", "reminder-once", .reminders)
        case .keysLost: ("PostgreSQL keeps no idempotency records", "idempotent", .dedupe)
        case .publishLost: ("a proxy turns what is published in Redis away", "converge", .reminders)
        case .framesDropped: ("a proxy swallows frames", "event-gapless", .reminders)
        case .framesRepeated: ("a proxy repeats frames", "event-gapless", .reminders)
        case .framesSwapped: ("a proxy changes the order of frames", "event-gapless", .rushHour)
        }
    }

    /// Whether it can be planted there.
    package func lives(on stores: Stores) -> Bool {
        switch self {
        case .overlapUnchecked, .remindersRepeated, .keysLost, .publishLost: stores == .services
        default: true
        }
    }

    /// The plan in which it is looked for.
    package func plan(seed: UInt64, on stores: Stores = .embedded) -> Plan {
        var plan = scenario.plan(
            seed: seed, PlanOptions(bookings: scenario == .rushHour ? 200 : nil, stores: stores))
        plant(in: &plan)
        return plan
    }

    package func plant(in plan: inout Plan) {
        plan.mutant = rawValue
        if frameTap != nil { plan.settings.isProxied = true }
    }
}
