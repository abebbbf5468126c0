import Bookings
import BookingsRuntime

extension Mutant {
    static let writes = [keysForgotten, writesLost, refusalAcknowledged, falseRefusal]

    static let keysForgotten = Mutant(
        "keys-forgotten", "idempotency keys are not found again", caughtBy: "idempotent", in: .dedupe,
        .ports { ports in
            let store = ports.store
            ports.store = InterceptedStore(
                store: store, onWrite: { (write) throws(StoreError) in try await store.write(write.withoutKey) },
                onKeep: { (record, _) throws(StoreError) in record },
                onFindRecord: { (_, _) throws(StoreError) in nil })
        })

    static let writesLost = Mutant(
        "writes-lost", "one create in ten is acknowledged and not done", caughtBy: "durable", in: .reminders,
        .ports { ports in
            let (log, count) = (ports.log, Shared(0))
            ports.interceptWrite { (write, store) throws(StoreError) in
                guard write.action == .create, count.isEvery(10) else { return try await store.write(write) }
                return .written(try await log.head())
            }
        })

    static let refusalAcknowledged = Mutant(
        "refusal-acknowledged", "a create of a taken slot is acknowledged", caughtBy: "no-double-booking",
        in: .doubleBooking,
        .ports { ports in
            let log = ports.log
            ports.interceptWrite { (write, store) throws(StoreError) in
                let outcome = try await store.write(write)
                guard case .slotTaken = outcome else { return outcome }
                return .written(try await log.head())
            }
        })

    static let falseRefusal = Mutant(
        "false-refusal", "one create in seven is refused although its slot is free", caughtBy: "no-double-booking",
        in: .doubleBooking,
        .ports { ports in
            let count = Shared(0)
            ports.interceptWrite { (write, store) throws(StoreError) in
                guard write.action == .create, count.isEvery(7) else { return try await store.write(write) }
                return .slotTaken(blocking: write.booking.slot, nextFree: write.booking.slot)
            }
        })
}

extension BookingWrite {
    fileprivate var withoutKey: BookingWrite {
        BookingWrite(
            booking: booking, replaces: replaces, action: action, reminders: reminders, origin: origin,
            idempotency: nil)
    }
}
