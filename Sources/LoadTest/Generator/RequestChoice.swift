import Bookings
import NIOCore

/// A request for an arrival, chosen by what exists, and what its response means.
struct RequestChoice {
    /// What an expected response changes.
    enum Effect: Equatable {
        case none
        /// A booking was created: the number of the create.
        case created(Int)
        /// A booking with a start soon was created.
        case createdSoon(Int, start: Timestamp)
        /// The booking can be changed by further actions.
        case live(BookingID)
    }

    let bytes: ByteBuffer
    let status: Int
    var effect = Effect.none
}

extension ProviderState {
    /// Returns the request for an arrival that is no session.
    ///
    /// - Parameter soon: How long after now a created booking starts; `nil` for the slots after the load.
    func choose(_ arrival: LoadPlan.Arrival, due: NIODeadline, now: Timestamp, soon: Duration?) -> RequestChoice {
        switch arrival.kind {
        case .create, .session: create(arrival, due, now, soon)
        case .get: RequestChoice(bytes: requests.get(readable(arrival)), status: 200)
        case .history: RequestChoice(bytes: requests.history(readable(arrival)), status: 200)
        case .list: RequestChoice(bytes: requests.list, status: 200)
        case .past: RequestChoice(bytes: requests.past, status: 200)
        case .search: RequestChoice(bytes: requests.search, status: 200)
        case .events: RequestChoice(bytes: requests.events, status: 200)
        case .confirm: confirm()
        case .decline: decline()
        case .cancel: cancel(arrival)
        case .reschedule: reschedule(arrival)
        case .complete: finish("/complete", now)
        case .noShow: finish("/no-show", now)
        }
    }

    private func readable(_ arrival: LoadPlan.Arrival) -> BookingID {
        readable[Int(arrival.pick * Double(readable.count))]
    }

    private func create(
        _ arrival: LoadPlan.Arrival, _ due: NIODeadline, _ now: Timestamp, _ soon: Duration?
    ) -> RequestChoice {
        if arrival.isConflict {
            let bytes = requests.create(ServiceID(high: 0, low: 0), occupiedSlot)
            return RequestChoice(bytes: bytes, status: 409)
        }
        let number = addCreate(due: due)
        let service = marks.create(number)
        guard let soon else {
            return RequestChoice(bytes: requests.create(service, takeSlot()), status: 201, effect: .created(number))
        }
        let slot = takeShortSlot(at: now + soon)
        return RequestChoice(
            bytes: requests.create(service, slot), status: 201, effect: .createdSoon(number, start: slot.start))
    }

    private func confirm() -> RequestChoice {
        guard let id = pending.popLast() else {
            return RequestChoice(bytes: requests.action("/confirm", readable[0]), status: 200)
        }
        return RequestChoice(bytes: requests.action("/confirm", id), status: 200, effect: .live(id))
    }

    /// Only a pending booking can be declined.
    private func decline() -> RequestChoice {
        guard let id = pending.popLast() else {
            return RequestChoice(bytes: requests.action("/decline", readable[0]), status: 409)
        }
        return RequestChoice(bytes: requests.action("/decline", id), status: 200)
    }

    private func cancel(_ arrival: LoadPlan.Arrival) -> RequestChoice {
        let id = takeLive(arrival.pick) ?? pending.popLast() ?? spare?.cancelled ?? readable[0]
        return RequestChoice(bytes: requests.action("/cancel", id), status: 200)
    }

    private func reschedule(_ arrival: LoadPlan.Arrival) -> RequestChoice {
        let live = takeLive(arrival.pick)
        let id = live ?? spare?.moved ?? readable[0]
        return RequestChoice(
            bytes: requests.reschedule(id, takeSlot()), status: 200, effect: live.map { .live($0) } ?? .none)
    }

    /// A booking that has not started cannot be completed.
    private func finish(_ verb: StaticString, _ now: Timestamp) -> RequestChoice {
        guard let id = takeStarted(by: now) else {
            return RequestChoice(bytes: requests.action(verb, readable[0]), status: 409)
        }
        return RequestChoice(bytes: requests.action(verb, id), status: 200)
    }

    /// Notes an expected response to a request of this effect.
    func apply(_ effect: RequestChoice.Effect, _ body: ByteBuffer, at now: NIODeadline) {
        switch effect {
        case .none: break
        case .live(let id): live.append(id)
        case .created(let number), .createdSoon(let number, _):
            creates[number].answeredAt = now
            creates[number].owed = listeners
            guard let created = CreatedBooking(body) else { return }
            readable.append(created.id)
            if case .createdSoon(_, let start) = effect {
                soon.append((start, created.id))
            } else if created.isPending {
                pending.append(created.id)
            } else {
                live.append(created.id)
            }
        }
    }
}

/// What is read of the response to a create.
struct CreatedBooking {
    let id: BookingID
    let isPending: Bool

    init?(_ body: ByteBuffer) {
        let found = body.withUnsafeReadableBytes { bytes in
            (
                JSONScan.value(of: #""id":""#, in: bytes).flatMap { BookingID(utf8: $0) },
                JSONScan.value(of: #""status":""#, in: bytes).map { $0.elementsEqual("pending".utf8) }
            )
        }
        guard let id = found.0 else { return nil }
        self.id = id
        isPending = found.1 ?? false
    }
}
