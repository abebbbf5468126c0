import Bookings

extension Checker {
    /// Compares the certain occupancies of each provider with each other, and each refusal with the possible ones. A
    /// write without a known outcome therefore never makes a double booking, but explains a refusal.
    static let noDoubleBooking = Checker(
        "no-double-booking",
        "No provider is booked twice for one instant, and no request is refused for a slot that is free."
    ) { history in
        let versions = BookingTimeline.all(in: history).flatMap(\.versions)
        return occupiedTwice(versions) + occupiedTwiceAtTheEnd(history) + unexplainedRefusals(history, versions)
    }
}

/// Two bookings that certainly occupied an instant of one provider at the same moment of the run.
private func occupiedTwice(_ versions: [VersionInterval]) -> [Anomaly] {
    struct Pair: Hashable { let first: SlotOccupancy, second: SlotOccupancy }
    var found: Set<Pair> = []
    var anomalies: [Anomaly] = []
    for occupancies in ProviderDay.sorted(versions.compactMap(\.certainOccupancy)) {
        var active: [SlotOccupancy] = []
        for occupancy in occupancies {
            active.removeAll { $0.until <= occupancy.from }
            for other in active where other.booking != occupancy.booking && other.slot.overlaps(occupancy.slot) {
                // An overlap at midnight shows in two days.
                guard found.insert(Pair(first: occupancy, second: other)).inserted else { continue }
                anomalies.append(overlap(occupancy.booking, other.booking, occupancy.slot, at: occupancy.at))
            }
            active.append(occupancy)
        }
    }
    return anomalies
}

/// Bookings of the final state that overlap: the state is exact, so that neighbours by start can be compared.
private func occupiedTwiceAtTheEnd(_ history: History) -> [Anomaly] {
    let rows = history.finalStates.values.map(\.row).filter(\.status.holdsSlot)
    return Dictionary(grouping: rows, by: \.provider).sorted { $0.key < $1.key }.flatMap { _, rows in
        let sorted = rows.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
        return zip(sorted, sorted.dropFirst()).filter { $0.slot.overlaps($1.slot) }.map {
            overlap($1.id, $0.id, $1.slot, at: history.endedAt)
        }
    }
}

/// Refusals of a slot of which no other booking possibly occupied an instant while the request was in flight.
private func unexplainedRefusals(_ history: History, _ versions: [VersionInterval]) -> [Anomaly] {
    let possible = ProviderDay.grouped(
        versions.compactMap(\.possibleOccupancy) + history.indeterminateOccupancies)
    return history.calls.compactMap { call in
        guard call.isConflict, let slot = call.requestedSlot,
            let provider = call.provider ?? call.booking.flatMap({ history.finalStates[$0]?.row.provider })
        else { return nil }
        // The booking's own slot is no reason to refuse its reschedule.
        let own = call.kind == .create ? nil : call.booking
        let isExplained = ProviderDay.days(of: slot, provider).contains { day in
            possible[day]?.contains { occupancy in
                (own == nil || occupancy.booking != own) && occupancy.slot.overlaps(slot)
                    && occupancy.from < call.answered && occupancy.until > call.sent
            } ?? false
        }
        guard !isExplained else { return nil }
        return Anomaly(
            "\(call.request) was refused \(interval(slot)), which was free", booking: own, at: call.at)
    }
}

private func overlap(_ booking: BookingID, _ other: BookingID, _ slot: TimeSlot, at: Timestamp?) -> Anomaly {
    Anomaly("\(booking) and \(other) both occupy an instant of \(interval(slot))", booking: booking, at: at)
}

/// Returns the slot in the notation of ISO 8601 for intervals.
private func interval(_ slot: TimeSlot) -> String {
    "\(RFC3339.string(slot.start))/\(RFC3339.string(slot.end))"
}
