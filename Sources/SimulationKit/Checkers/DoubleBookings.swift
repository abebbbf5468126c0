import Bookings

/// A provider that is held twice, or refused though it is free.
enum DoubleBookings {
    static func find(_ history: History) -> [Finding] {
        let lives = Lives.of(history)
        return heldTwice(lives) + heldTwiceAtTheEnd(history) + falseRefusals(history, lives)
    }

    /// Two bookings that both certainly held an instant of one provider at one moment of the run.
    private static func heldTwice(_ lives: [BookingTimeline]) -> [Finding] {
        struct Pair: Hashable { let one: SlotOccupancy, other: SlotOccupancy }
        var found: Set<Pair> = []
        var findings: [Finding] = []
        for holds in HoldBucket.sorted(lives.flatMap(\.stages).compactMap(\.certainHold)) {
            var standing: [SlotOccupancy] = []
            for hold in holds {
                standing.removeAll { $0.until <= hold.from }
                for other in standing where other.booking != hold.booking && other.slot.overlaps(hold.slot) {
                    guard found.insert(Pair(one: hold, other: other)).inserted else { continue }
                    findings.append(finding(hold.booking, other.booking, hold.slot, at: hold.at))
                }
                standing.append(hold)
            }
        }
        return findings
    }

    private static func heldTwiceAtTheEnd(_ history: History) -> [Finding] {
        let rows = history.finals.values.map(\.row).filter(\.status.holdsSlot)
        return Dictionary(grouping: rows, by: \.provider).sorted { $0.key < $1.key }.flatMap { _, rows in
            let sorted = rows.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
            return zip(sorted, sorted.dropFirst()).filter { $0.slot.overlaps($1.slot) }.map {
                finding($1.id, $0.id, $1.slot, at: history.endedAt)
            }
        }
    }

    /// A refusal is true when another booking possibly held an instant of the slot while it was asked for.
    private static func falseRefusals(_ history: History, _ lives: [BookingTimeline]) -> [Finding] {
        let possible = HoldBucket.filled(lives.flatMap(\.stages).compactMap(\.possibleHold) + history.openHolds)
        return history.calls.compactMap { call in
            guard call.isConflict, let wished = call.wished,
                let provider = call.provider ?? call.booking.flatMap({ history.finals[$0]?.row.provider })
            else { return nil }
            let own = call.kind == .create ? nil : call.booking
            let isExplained = HoldBucket.all(of: wished, provider).contains { bucket in
                possible[bucket]?.contains { hold in
                    (own == nil || hold.booking != own) && hold.slot.overlaps(wished)
                        && hold.from < call.answered && hold.until > call.sent
                } ?? false
            }
            guard !isExplained else { return nil }
            return Finding(
                "\(call.request) was refused \(text(wished)), which nobody held", booking: own, at: call.at)
        }
    }

    private static func finding(_ one: BookingID, _ other: BookingID, _ slot: TimeSlot, at: Timestamp?) -> Finding {
        Finding("\(one) and \(other) both hold an instant of \(text(slot))", booking: one, at: at)
    }

    private static func text(_ slot: TimeSlot) -> String {
        "\(RFC3339.string(slot.start))/\(RFC3339.string(slot.end))"
    }
}
