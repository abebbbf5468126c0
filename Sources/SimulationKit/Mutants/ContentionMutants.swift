import Bookings
import BookingsRuntime

extension Mutant {
    /// Bugs that only the order of all operations on a provider shows.
    static let contention = [slotsSwapped, updateLost, nextFreeLate, blockingOfAnother, ifMatchIgnored]

    static let slotsSwapped = Mutant(
        "slots-swapped", "two concurrent reschedules exchange their slots in one commit", caughtBy: "linearizable",
        in: .contention,
        .ports { ports in
            let exchange = SlotExchange()
            ports.interceptWrite { (write, store) throws(StoreError) in try await exchange.write(write, to: store) }
        },
        // The interceptor writes bookings that hold no slot, so that no rule refuses them, and the trigger lets them hold it.
        .schema(
            sqlite: """
                create trigger mutant after update on bookings when new.status = 'completed' begin
                    update bookings set status = 'confirmed' where id = new.id;
                end;
                create trigger mutant_log after insert on booking_events
                when new.action = 'reschedule' and new.status = 'completed' begin
                    update booking_events set status = 'confirmed' where position = new.position;
                end
                """,
            postgres: """
                alter table bookings drop constraint bookings_no_overlap;
                create function mutant() returns trigger language plpgsql as $$ begin
                    if new.status = 'completed' then new.status := 'confirmed'; end if; return new;
                end $$;
                create trigger mutant before update on bookings for each row execute function mutant();
                create trigger mutant before insert on booking_events for each row execute function mutant();
                """))

    static let updateLost = Mutant(
        "update-lost", "an action on a booking that has changed meanwhile is acknowledged and not done",
        caughtBy: "linearizable", in: .contention,
        .ports { ports in
            let log = ports.log
            ports.interceptWrite { (write, store) throws(StoreError) in
                let outcome = try await store.write(write)
                guard case .stale = outcome else { return outcome }
                return .written(try await log.head())
            }
        })

    static let nextFreeLate = Mutant(
        "next-free-late", "a refusal names a later slot than the next free one", caughtBy: "linearizable",
        in: .contention,
        .ports { ports in
            ports.interceptWrite { (write, store) throws(StoreError) in
                let outcome = try await store.write(write)
                guard case .slotTaken(let blocking, let free) = outcome else { return outcome }
                let later = TimeSlot.stored(start: free.start + .seconds(300), end: free.end + .seconds(300))
                return .slotTaken(blocking: blocking, nextFree: later)
            }
        })

    static let blockingOfAnother = Mutant(
        "blocking-of-another", "a refusal names the newest slot of another provider as what is in the way",
        caughtBy: "linearizable", in: .contention,
        .ports { ports in
            let newest = Shared<[ProviderID: TimeSlot]>([:])
            ports.interceptWrite { (write, store) throws(StoreError) in
                let outcome = try await store.write(write)
                let provider = write.booking.providerID
                if case .written = outcome { newest.withLock { $0[provider] = write.booking.slot } }
                guard case .slotTaken(_, let free) = outcome,
                    let other = newest.withLock({ $0.first { $0.key != provider }?.value })
                else { return outcome }
                return .slotTaken(blocking: other, nextFree: free)
            }
        })

    static let ifMatchIgnored = Mutant(
        "if-match-ignored", "a proxy removes If-Match", caughtBy: "linearizable", in: .contention,
        .answerProxy(ProxyMistake(onRequest: { $0.headers.removeAll { $0.name == "if-match" } })))
}

/// Lets two reschedules, each of which asks for the slot of the other, both succeed.
private final class SlotExchange: Sendable {
    private struct Waiting: Sendable {
        let write: BookingWrite
        /// The slot that the booking has.
        let own: TimeSlot
    }

    /// How often a request looks for another that asks for its slot.
    private static let looks = 20_000

    private let waiting = Shared<[BookingID: Waiting]>([:])

    func write(_ write: BookingWrite, to store: any BookingStore) async throws(StoreError) -> WriteOutcome {
        let outcome = try await store.write(write)
        let id = write.booking.id
        guard write.action == .reschedule, case .slotTaken(let blocking, _) = outcome, blocking == write.booking.slot,
            let own = try await store.booking(id)?.slot
        else { return outcome }
        waiting.withLock { $0[id] = Waiting(write: write, own: own) }
        for _ in 0..<Self.looks {
            if let partner = waiting.withLock({ Self.take(id, from: &$0) }) {
                _ = try await store.write(partner.withoutSlot)
                return try await store.write(write.withoutSlot)
            }
            // Taken by the other request.
            if waiting.withLock({ $0[id] == nil }) { return .written(LogPosition(1)) }
            await Task.yield()
        }
        return waiting.withLock { $0.removeValue(forKey: id) } == nil ? .written(LogPosition(1)) : outcome
    }

    /// Takes the request and the one that asks for its slot and holds the one that it asks for.
    private static func take(_ id: BookingID, from waiting: inout [BookingID: Waiting]) -> BookingWrite? {
        guard let own = waiting[id],
            let partner = waiting.first(where: {
                $0.value.write.booking.slot == own.own && $0.value.own == own.write.booking.slot
                    && $0.value.write.booking.providerID == own.write.booking.providerID
            })
        else { return nil }
        waiting[id] = nil
        waiting[partner.key] = nil
        return partner.value.write
    }
}

extension BookingWrite {
    /// The write with a status that holds no slot.
    fileprivate var withoutSlot: BookingWrite {
        var booking = booking
        booking.status = .completed
        return BookingWrite(
            booking: booking, replaces: replaces, action: action, reminders: reminders, origin: origin,
            idempotency: idempotency)
    }
}
