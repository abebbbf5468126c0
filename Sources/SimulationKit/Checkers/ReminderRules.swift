import Bookings

/// Reminders that should not have been.
enum ReminderRules {
    static func early(_ history: History) -> [Finding] {
        let longest = history.leads.max() ?? .zero
        func finding(_ verb: String, _ booking: BookingID?, _ start: Timestamp, _ lead: Int64?, _ at: Timestamp)
            -> Finding?
        {
            let due = start - (lead.map { .milliseconds($0) } ?? longest)
            guard at < due else { return nil }
            let name = booking?.description ?? "a booking"
            return Finding(
                "one for \(name) was \(verb) at \(RFC3339.string(at)), due \(RFC3339.string(due))", booking: booking,
                at: at)
        }
        return history.log.filter(\.isReminder).compactMap {
            finding("recorded", $0.booking, $0.start, $0.lead, $0.occurredAt)
        }
            + history.frames.filter(\.isReminder).compactMap {
                finding("received by \($0.socket)", $0.booking, $0.start, $0.lead, $0.receivedAt)
            }
    }

    static func once(_ history: History) -> [Finding] {
        recordedTwice(history) + tooManyIDs(history) + receivedTwice(history)
    }

    /// The log's order is exact: a reminder belongs to the times that the booking took last.
    private static func recordedTwice(_ history: History) -> [Finding] {
        struct Place: Hashable { let booking: BookingID, times: Int, start: Timestamp, lead: Int64? }
        var times: [BookingID: Int] = [:]
        var seen: Set<Place> = []
        return history.log.compactMap { logged in
            guard let booking = logged.booking else { return nil }
            if logged.givesTimes { times[booking, default: 0] += 1 }
            guard logged.isReminder else { return nil }
            let place = Place(
                booking: booking, times: times[booking] ?? 0, start: logged.start, lead: logged.lead)
            return seen.insert(place).inserted
                ? nil : Finding("\(logged.event) repeats one for \(booking)", booking: booking, at: logged.occurredAt)
        }
    }

    /// A booking that moves away and back took these times twice, and may be reminded of them twice.
    private static func tooManyIDs(_ history: History) -> [Finding] {
        struct Times: Hashable { let booking: BookingID, start: Timestamp }
        struct Owed: Hashable { let times: Times, lead: Int64? }
        var taken: [Times: Int] = [:]
        for logged in history.log where logged.givesTimes {
            if let booking = logged.booking { taken[Times(booking: booking, start: logged.start), default: 0] += 1 }
        }
        var ids: [Owed: Set<String>] = [:]
        return history.frames.filter(\.isReminder).compactMap { frame in
            guard let booking = frame.booking else { return nil }
            let times = Times(booking: booking, start: frame.start)
            let isNew = ids[Owed(times: times, lead: frame.lead), default: []].insert(frame.event).inserted
            let count = ids[Owed(times: times, lead: frame.lead)]?.count ?? 0
            guard isNew, count > max(taken[times] ?? 0, 1) else { return nil }
            return Finding("\(count) different ones were sent for \(booking)", booking: booking, at: frame.receivedAt)
        }
    }

    private static func receivedTwice(_ history: History) -> [Finding] {
        let copies = DuplicateDeliveries(history.troubles)
        return copies.unexcused(history.frames.filter(\.isReminder)).map { frame in
            Finding("\(frame.socket) received \(frame.event) again", booking: frame.booking, at: frame.receivedAt)
        }
    }

    static func stale(_ history: History) -> [Finding] {
        var starts: [BookingID: Timestamp] = [:]
        var ends: [BookingID: String] = [:]
        return history.log.compactMap { logged in
            guard let booking = logged.booking else { return nil }
            if logged.givesTimes { starts[booking] = logged.start }
            if logged.endsBooking { ends[booking] = logged.name }
            guard logged.isReminder else { return nil }
            if let end = ends[booking] {
                return Finding("one for \(booking) follows its \(end)", booking: booking, at: logged.occurredAt)
            }
            guard let start = starts[booking], start != logged.start else { return nil }
            return Finding(
                "one for \(booking) names \(RFC3339.string(logged.start)), it starts \(RFC3339.string(start))",
                booking: booking, at: logged.occurredAt)
        }
    }
}
