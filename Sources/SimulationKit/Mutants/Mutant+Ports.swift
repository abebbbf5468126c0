import Bookings
import BookingsRuntime
import Synchronization

extension Mutant {
    /// Whether the replica's clock is steered by the true time.
    var steers: Bool { self != .ownClock }

    /// Plants the bug between the service and its ports, if it lives there.
    package func plant(in ports: inout ApplicationPorts) {
        plantReminders(in: &ports)
        plantEvents(in: &ports)
        plantLists(in: &ports)
        plantWrites(in: &ports)
        plantRights(in: &ports)
    }

    private func plantReminders(in ports: inout ApplicationPorts) {
        switch self {
        case .reminderSecondEarly:
            ports.reminders = DecoratedQueue(queue: ports.reminders, due: { $0 - .seconds(1) }, haste: .seconds(1))
        case .reminderSlow:
            ports.reminders = DecoratedQueue(
                queue: ports.reminders, due: { $0 + .seconds(45) }, haste: .seconds(-45))
        case .reminderTwice:
            ports.log = SwollenLog(log: ports.log) { logged in
                if case .reminder = logged.event.kind { logged.event } else { nil }
            }
            ports.bus = SwollenBus(bus: ports.bus)
        case .reminderAfterCancel:
            ports.store = DecoratedStore(
                store: ports.store,
                writing: { [store = ports.store] (write) throws(StoreError) in
                    try await store.write(write.action == .cancel ? write.leavingItsReminder : write)
                })
        case .reminderOncePerBooking:
            ports.store = DecoratedStore(
                store: ports.store,
                writing: { [store = ports.store] (write) throws(StoreError) in
                    try await store.write(write.action == .reschedule ? write.with(reminders: []) : write)
                })
        default: break
        }
    }

    private func plantEvents(in ports: inout ApplicationPorts) {
        switch self {
        case .announceFirst:
            let refused = Mutex<[BookingEvent]>([])
            let box = Box(refused)
            ports.store = DecoratedStore(
                store: ports.store,
                writing: { [store = ports.store] (write) throws(StoreError) in
                    let outcome = try await store.write(write)
                    if case .slotTaken = outcome, write.action == .create {
                        let event = BookingEvent(
                            booking: write.booking, kind: .action(.create), occurredAt: write.booking.updatedAt)
                        box.value.withLock { $0.append(event) }
                    }
                    return outcome
                })
            ports.log = SwollenLog(log: ports.log) { _ in box.value.withLock { $0.popLast() } }
            ports.bus = SwollenBus(bus: ports.bus)
        case .resumeSkips: ports.log = DecoratedLog(log: ports.log, after: { $0.next })
        case .resumeRepeats:
            ports.log = DecoratedLog(log: ports.log, after: { LogPosition(max(0, $0.number - 1)) })
        case .relayStops: ports.log = DecoratedLog(log: ports.log, end: LogPosition(8))
        default: break
        }
    }

    private func plantLists(in ports: inout ApplicationPorts) {
        let store = ports.store
        switch self {
        case .pageSkipsRow:
            ports.store = DecoratedStore(
                store: store,
                listing: { (query, stretch) throws(StoreError) in
                    let rows = try await store.bookings(query, stretch)
                    guard case .after = stretch else { return rows }
                    return rows.with(Array(rows.bookings.dropFirst()))
                })
        case .pageRepeatsRow:
            ports.store = DecoratedStore(
                store: store,
                listing: { (query, stretch) throws(StoreError) in
                    let rows = try await store.bookings(query, stretch)
                    guard case .after(let key, let limit) = stretch, let last = try await store.booking(key.id) else {
                        return rows
                    }
                    return rows.with(Array(([last] + rows.bookings).prefix(limit)))
                })
        case .boundaryGap:
            ports.store = DecoratedStore(
                store: store,
                listing: { (query, stretch) throws(StoreError) in
                    var query = query
                    if query.list == .past { query.asOf = query.asOf - .seconds(1) }
                    return try await store.bookings(query, stretch)
                })
        case .cacheIgnoresChanges:
            ports.cache = DecoratedCache(cache: ports.cache) { key in
                (["list", "0"] + key.split(separator: "/").dropFirst(2).map(String.init)).joined(separator: "/")
            }
        case .cacheIgnoresCaller:
            ports.cache = DecoratedCache(cache: ports.cache) { key in
                let parts = key.split(separator: "/", maxSplits: 4)
                let list = BookingList.allCases.first { parts.last?.contains("\"\($0.rawValue)\"") ?? false }
                return parts.dropFirst(2).prefix(2).joined(separator: "/") + "/\(list?.rawValue ?? "")"
            }
        default: break
        }
    }

    private func plantWrites(in ports: inout ApplicationPorts) {
        let (store, log) = (ports.store, ports.log)
        let count = Box(Mutex(0))
        switch self {
        case .keysForgotten:
            ports.store = DecoratedStore(
                store: store,
                writing: { (write) throws(StoreError) in try await store.write(write.withoutKey) }, forgetsKeys: true)
        case .writesLost:
            ports.store = DecoratedStore(
                store: store,
                writing: { (write) throws(StoreError) in
                    guard write.action == .create, count.isEvery(10) else { return try await store.write(write) }
                    return .written(try await log.head())
                })
        case .refusalAcknowledged:
            ports.store = DecoratedStore(
                store: store,
                writing: { (write) throws(StoreError) in
                    let outcome = try await store.write(write)
                    guard case .slotTaken = outcome else { return outcome }
                    return .written(try await log.head())
                })
        case .falseRefusal:
            ports.store = DecoratedStore(
                store: store,
                writing: { (write) throws(StoreError) in
                    guard write.action == .create, count.isEvery(7) else { return try await store.write(write) }
                    return .slotTaken(blocking: write.booking.slot, nextFree: write.booking.slot)
                })
        case .staleBookings: ports.store = Self.remembering(store)
        default: break
        }
    }

    /// Forgets only what is written here.
    private static func remembering(_ store: any BookingStore) -> DecoratedStore {
        let memory = Box(Mutex<[BookingID: Booking]>([:]))
        return DecoratedStore(
            store: store,
            reading: { (id) throws(StoreError) in
                if let known = memory.value.withLock({ $0[id] }) { return known }
                let booking = try await store.booking(id)
                memory.value.withLock { $0[id] = booking }
                return booking
            },
            writing: { (write) throws(StoreError) in
                memory.value.withLock { $0[write.booking.id] = nil }
                return try await store.write(write)
            })
    }

    private func plantRights(in ports: inout ApplicationPorts) {
        switch self {
        case .rolesIgnored:
            ports.verifier = DecoratedVerifier(
                verifier: ports.verifier,
                judge: { (result) throws(TokenError) in
                    let principal = try result.get()
                    return Principal(
                        subject: principal.subject, roles: [.admin], providerID: nil, expiresAt: principal.expiresAt)
                })
        case .expiryIgnored:
            ports.verifier = DecoratedVerifier(verifier: ports.verifier, leeway: .seconds(7 * 86_400))
        case .signatureIgnored:
            ports.verifier = DecoratedVerifier(
                verifier: ports.verifier,
                judge: { (result) throws(TokenError) in
                    guard case .failure(.invalid) = result, let anybody = Subject("anybody") else {
                        return try result.get()
                    }
                    return Principal(subject: anybody, roles: [.admin], providerID: nil, expiresAt: .latest)
                })
        default: break
        }
    }
}

/// Shares what cannot be copied between closures.
private final class Box<Value: ~Copyable & Sendable>: Sendable {
    package let value: Value

    package init(_ value: consuming Value) { self.value = value }
}

extension Box where Value == Mutex<Int> {
    /// True for every so many-th call.
    func isEvery(_ number: Int) -> Bool {
        value.withLock { count in
            count += 1
            return count % number == 0
        }
    }
}

extension ListRows {
    fileprivate func with(_ bookings: [Booking]) -> ListRows {
        ListRows(bookings: bookings, total: total, changesAt: changesAt)
    }
}

extension BookingWrite {
    fileprivate func with(reminders: [Reminder]) -> BookingWrite {
        BookingWrite(
            booking: booking, replaces: replaces, action: action, reminders: reminders, origin: origin,
            idempotency: idempotency)
    }

    fileprivate var withoutKey: BookingWrite {
        BookingWrite(
            booking: booking, replaces: replaces, action: action, reminders: reminders, origin: origin,
            idempotency: nil)
    }

    /// Cancels by name alone.
    fileprivate var leavingItsReminder: BookingWrite {
        var booking = booking
        booking.status = .confirmed
        let plan = ReminderPlan(leads: [.seconds(600), .seconds(60)])
        return BookingWrite(
            booking: booking, replaces: replaces, action: action,
            reminders: plan.reminders(for: booking, armedAt: booking.updatedAt), origin: origin,
            idempotency: idempotency)
    }
}
