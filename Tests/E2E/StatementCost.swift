import Bookings
import TestSupport

@testable import BookingsPostgres

/// A statement of a hot path, of which the blocks that it reads are counted in a `LargeHistory`.
///
/// To have a statement checked, add it to one of the lists that `all` joins.
struct StatementCost {
    let name: String
    let statement: PostgresStatement
    let parameters: [String?]
    /// The planner's settings of the connection that executes it.
    var settings = PlannerSettings.all + PlannerSettings.reads
    /// Runs before it in the same transaction.
    var preparation = "select"
    /// The most blocks that it may read, hits included, however long the history is.
    let maximumBlocks: Int
    /// Whether it reads a row for each of a bounded number of days: more in a long history than in one of a few days.
    var readsDays = false

    init(
        _ name: String, _ statement: PostgresStatement, _ parameters: [String?] = [], blocks maximumBlocks: Int,
        settings: [(String, String)] = PlannerSettings.all + PlannerSettings.reads, after preparation: String = "select"
    ) {
        (self.name, self.statement, self.parameters) = (name, statement, parameters)
        (self.settings, self.preparation, self.maximumBlocks) = (settings, preparation, maximumBlocks)
    }

    static func all(_ history: LargeHistory) -> [StatementCost] {
        log(history) + bookings(history) + lists() + ledger() + reminders(history) + expired(history)
    }

    /// The log has never been trimmed.
    private static let withoutFloor = "update event_log_floor set floor = 0"

    private static func log(_ history: LargeHistory) -> [StatementCost] {
        let since = "\(LargeHistory.keptSince.milliseconds)"
        let near = LogPosition(history.head.number - 1000)
        let small = BookingScope(customer: subject("ann"))
        let scopes = [
            "a provider": BookingScope(provider: LargeHistory.busyProvider),
            "a customer": BookingScope(customer: LargeHistory.busyCustomer),
            "both": BookingScope(provider: LargeHistory.busyProvider, customer: LargeHistory.busyCustomer),
            "a small customer": small, "all": .all,
        ]
        let positions = ["a cursor": near, "the beginning": nil, "an expired cursor": LogPosition(1)]
        let readings = scopes.flatMap { scope in
            positions.map { position in
                let (statement, parameters) = PostgresStore.eventsStatement(
                    after: position.value, in: scope.value, keptSince: LargeHistory.keptSince, limit: 100)
                return StatementCost(
                    "events of \(scope.key) from \(position.key)", statement, parameters, blocks: 450)
            }
        }
        return readings + [
            StatementCost("head", Statements.head, blocks: 10),
            StatementCost("tail", Statements.tail, ["\(near.number)", "100"], blocks: 30),
            StatementCost("tail at the head", Statements.tail, ["\(history.head.number)", "100"], blocks: 20),
            StatementCost("oldest", Statements.oldest, [since], blocks: 80),
            StatementCost("oldest, never trimmed", Statements.oldest, [since], blocks: 250, after: withoutFloor),
            StatementCost("changes", Statements.changes, ["{\(history.head.number),\(near.number + 900)}"], blocks: 30),
            StatementCost("changes at the head", Statements.changes, ["{\(history.head.number)}"], blocks: 15),
            StatementCost("changes of all time", Statements.changes, ["{0}"], blocks: 15),
            StatementCost(
                "last change", Statements.lastChange,
                ["{\(LargeHistory.busyProvider)}", "{\(LargeHistory.busyCustomer.text)}"], blocks: 20),
        ]
    }

    private static func bookings(_ history: LargeHistory) -> [StatementCost] {
        let one = "\(LargeHistory.one)"
        let now = LargeHistory.now
        let slot = TimeSlot.stored(start: now + .seconds(700), end: now + .seconds(80_000))
        func write(_ provider: ProviderID) -> [String?] {
            WriteColumns.parameters([WriteColumns(creation(of: aBooking(9, provider: provider, slot: slot)))])
        }
        let calendar = ["\(LargeHistory.crowded)", one]
        return [
            StatementCost("booking", Statements.booking, ["{\(one)}"], blocks: 10),
            StatementCost(
                "history", Statements.history, ["\(LargeHistory.rescheduled)", "\(history.size / 50)", "100"],
                blocks: 200),
            StatementCost("write", Statements.writes, write(ProviderID(high: 9, low: 9)), blocks: 200),
            StatementCost("write of a busy provider", Statements.writes, write(LargeHistory.busyProvider), blocks: 200),
            StatementCost("refused write", Statements.writes, write(LargeHistory.crowded), blocks: 100),
            StatementCost(
                "part of the search for a free slot", Statements.heldSlots,
                calendar + ["\(now.milliseconds)", "\(FreeSlotSearch.partSize)"], blocks: 1200),
            StatementCost("last held slot", Statements.lastHeldSlot, calendar, blocks: 20),
        ]
    }

    private static func lists() -> [StatementCost] {
        let scopes = [
            "a provider": BookingScope(provider: LargeHistory.busyProvider),
            "a customer": BookingScope(customer: LargeHistory.busyCustomer), "all": .all,
        ]
        let lists = scopes.flatMap { scope in
            BookingList.allCases.flatMap { list in
                let query = BookingQuery(list: list, scope: scope.value, asOf: LargeHistory.now)
                let key = SortKey(instant: LargeHistory.now, id: LargeHistory.one)
                let total = TotalPlan(query).map { ListStatement.Total.counted($0, limit: 1001) } ?? .read
                return [
                    ("page of \(list), \(scope.key)", ListStatement(query, .page(number: 1, limit: 10), total: total)),
                    ("rows of \(list) after a key, \(scope.key)", ListStatement(query, .after(key, limit: 10))),
                ]
            }
        }
        let behind = "update booking_counts_progress set position = position - \(CountFolding.partSize)"
        let costs = lists.map { name, list in
            var cost = StatementCost(name, list.statement, list.parameters, blocks: 400)
            cost.readsDays = true
            return cost
        }
        return costs + [
            // For each event the one before, and a row for each owner and level.
            StatementCost(
                "fold", Statements.foldCounts, ["\(CountFolding.partSize)"], blocks: 60 * CountFolding.partSize,
                after: behind)
        ]
    }

    /// A page of each outcome, a provider's and a booking's, from the beginning and after a key; and a look for ids.
    private static func ledger() -> [StatementCost] {
        let providers: [String: ProviderID?] = [
            "all": nil, "a busy provider": LargeHistory.busyProvider, "a crowded one": LargeHistory.crowded,
        ]
        let keys: [(name: String, key: ReminderKey?)] = [
            ("first", nil), ("after a key", .last(before: LargeHistory.now)),
        ]
        var pages: [StatementCost] = []
        for outcome in ReminderEntry.Outcome.allCases {
            for provider in providers.sorted(by: { $0.key < $1.key }) {
                // All reminders of the crowded provider are due at one instant, whatever the starts: none is after a key.
                for (place, key) in keys where key == nil || provider.value != LargeHistory.crowded {
                    var filter = ReminderFilter()
                    filter.outcomes = [outcome]
                    filter.providerID = provider.value
                    // A week of adjacent bookings of five minutes, for what waits of one provider.
                    let isWeek = outcome == .waiting && provider.value != nil
                    let name = "ledger of \(outcome), \(provider.key), \(place)"
                    let list = LedgerStatement(filter, after: key, limit: 100)
                    pages.append(
                        StatementCost(name, list.statement, list.parameters, blocks: isWeek ? 30_000 : 1000))
                }
            }
        }
        var ofBooking = ReminderFilter()
        ofBooking.bookingID = LargeHistory.one
        let list = LedgerStatement(ofBooking, after: nil, limit: 100)
        return pages + [
            StatementCost("ledger of a booking", list.statement, list.parameters, blocks: 50),
            StatementCost(
                "audit of bookings", Statements.audited,
                ["\(BookingID(high: 1 << 63, low: 0))", "\(AuditData.bookingsOfStep)"],
                blocks: 60 * AuditData.bookingsOfStep),
            StatementCost(
                "audit of events", Statements.auditedEvents, ["1000", "\(AuditData.eventsOfStep)"],
                blocks: 10 * AuditData.eventsOfStep),
            StatementCost(
                "recorded reminders", Statements.recordedReminders, ["{\(LargeHistory.one)}", "{1}", "{600000}"],
                blocks: 10),
        ]
    }

    private static func reminders(_ history: LargeHistory) -> [StatementCost] {
        let now = "\(LargeHistory.now.milliseconds)"
        return [
            StatementCost("next due", Statements.nextDue, blocks: 10),
            StatementCost("is due", Statements.isDue, [now], blocks: 10),
            // About 40 blocks for each: the reminder, the booking, the event and its seven indexes.
            StatementCost(
                "fire", Statements.fire, [now, "\(FireDueReminders.batch)", "replica"],
                blocks: 50 * FireDueReminders.batch,
                settings: PlannerSettings.all),
            StatementCost(
                "fire one of many", Statements.fire, [now, "1", "replica"], blocks: 150, settings: PlannerSettings.all),
            StatementCost(
                "rearm", Statements.rearm, [now, "0", "\(BookingID(high: 0, low: 0))", "10", "{300000}"], blocks: 500,
                settings: PlannerSettings.all),
        ]
    }

    private static func expired(_ history: LargeHistory) -> [StatementCost] {
        let limit = CollectGarbage.partSize
        let since = "\(LargeHistory.keptSince.milliseconds)"
        let oldest = "\((LargeHistory.now - IdempotencyKey.lifetime).milliseconds)"
        let key = ["{ann}", "{POST}", "{/bookings}"]
        return [
            StatementCost("record", Statements.record, key + ["{key \(history.size)}", "{\(oldest)}"], blocks: 10),
            StatementCost("record, expired", Statements.record, key + ["{key 1}", "{\(oldest)}"], blocks: 10),
            // A few blocks for each row.
            StatementCost("forget", Statements.forget, ["0", oldest, "\(limit)"], blocks: 5 * limit),
            StatementCost("trim", Statements.trim, [since, "\(limit)"], blocks: 5 * limit, after: withoutFloor),
            StatementCost("trim near the floor", Statements.trim, [since, "\(limit)"], blocks: 300),
        ]
    }
}
