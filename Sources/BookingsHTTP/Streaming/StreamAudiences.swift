import Bookings

/// Decides which streams get an event. A pure state machine: `EventStreams` wakes the streams, and each of them performs
/// its own steps.
///
/// A stream that starts, or that has fallen behind, reads the log. At the end of the log it joins live delivery: the
/// check and the join are one step, and the stream ignores live events up to its position, so that no event is missed or
/// written twice between them.
struct StreamAudiences {
    /// What a stream does next.
    enum Step {
        /// Write these events, then ask again with the position of the last one.
        case write([StreamedEvent])
        /// Read the log, then ask again with the position up to which it was read.
        case readLog
        /// Wait until the stream is woken.
        case wait
        /// The stream was ended.
        case end
    }

    private enum Delivery {
        /// Reads the log. To `live` at its end.
        case reading
        /// Gets live events beyond the position. To `behind` when too many of them wait.
        case live(after: LogPosition, waiting: [StreamedEvent])
        /// Gets no more events than those that wait. To `reading` when they are taken.
        case behind(waiting: [StreamedEvent])
    }

    private struct Stream {
        let scope: BookingScope
        var delivery = Delivery.reading
    }

    /// The number of events that may wait for a stream. Their encodings are shared by all streams.
    static let maximumWaiting = 100

    /// The position up to which events were delivered.
    private(set) var position: LogPosition
    private var streams: [Int: Stream] = [:]
    /// The live streams by what their scopes contain.
    private var providers: [ProviderID: Set<Int>] = [:]
    private var customers: [Subject: Set<Int>] = [:]
    private var everyBooking: Set<Int> = []

    init(from position: LogPosition) {
        self.position = position
    }

    // MARK: - Streams

    mutating func add(_ id: Int, _ scope: BookingScope) {
        streams[id] = Stream(scope: scope)
    }

    mutating func remove(_ id: Int) {
        leave(id)
        streams[id] = nil
    }

    /// Ends all streams; events are delivered from `position` on, if it is given.
    mutating func removeAll(restartingAt position: LogPosition? = nil) {
        self = StreamAudiences(from: position ?? self.position)
    }

    /// Returns the next step of a stream that has written everything up to `position`.
    mutating func next(_ id: Int, after position: LogPosition) -> Step {
        guard let stream = streams[id] else { return .end }
        switch stream.delivery {
        case .live(let start, let waiting):
            guard !waiting.isEmpty else { return .wait }
            streams[id]?.delivery = .live(after: start, waiting: [])
            return .write(waiting)
        case .behind(let waiting):
            streams[id]?.delivery = .reading
            return .write(waiting)
        case .reading:
            guard position >= self.position else { return .readLog }
            streams[id]?.delivery = .live(after: position, waiting: [])
            edit(stream.scope) { $0.insert(id) }
            return .wait
        }
    }

    private mutating func leave(_ id: Int) {
        guard let scope = streams[id]?.scope else { return }
        edit(scope) { $0.remove(id) }
    }

    private mutating func edit(_ scope: BookingScope, _ change: (inout Set<Int>) -> Void) {
        guard !scope.everything else { return change(&everyBooking) }
        if let provider = scope.provider {
            change(&providers[provider, default: []])
            if providers[provider]?.isEmpty == true { providers[provider] = nil }
        }
        if let customer = scope.customer {
            change(&customers[customer, default: []])
            if customers[customer]?.isEmpty == true { customers[customer] = nil }
        }
    }

    // MARK: - Live delivery

    /// Takes events of the log up to `through`. Returns the streams that have something to write.
    mutating func deliver(_ events: [LoggedEvent], through: LogPosition) -> Set<Int> {
        var woken: Set<Int> = []
        for logged in events {
            let audience = audience(of: logged.event.booking)
            guard !audience.isEmpty else { continue }
            let event = StreamedEvent(logged)
            for id in audience where append(event, to: id) { woken.insert(id) }
        }
        position = max(position, through)
        return woken
    }

    private func audience(of booking: Booking) -> Set<Int> {
        var audience = everyBooking
        if let streams = providers[booking.providerID] { audience.formUnion(streams) }
        if let customer = booking.customerID, let streams = customers[customer] { audience.formUnion(streams) }
        return audience
    }

    /// Returns whether the stream takes the event.
    private mutating func append(_ event: StreamedEvent, to id: Int) -> Bool {
        guard case .live(let start, var waiting)? = streams[id]?.delivery, event.logged.position > start else {
            return false
        }
        if waiting.count == Self.maximumWaiting {
            streams[id]?.delivery = .behind(waiting: waiting)
            leave(id)
            return true
        }
        // The array is moved out and in again, so that it is not copied for each event.
        streams[id]?.delivery = .reading
        waiting.append(event)
        streams[id]?.delivery = .live(after: start, waiting: waiting)
        return true
    }
}
