import Bookings

/// The deliveries of one webhook, as the holder of its lease makes them: a pure state machine. `EndpointWorker` performs
/// its actions and reports their results.
///
/// It reads the log from the cursor on, and begins as many deliveries as the ordering allows. The cursor follows behind
/// the oldest event that was not delivered; what was delivered after it is remembered as positions.
package struct DeliveryState: Sendable {
    /// What is to be done now.
    package enum Action: Hashable, Sendable {
        /// Read the events of the webhook's scope after the position, then call `didRead`.
        case read(after: LogPosition, limit: Int)
        /// Attempt the delivery, then call `didAttempt`.
        case send(Delivery)
    }

    /// How many events one read of the log returns at most.
    static let readLimit = 100
    /// How many deliveries may lie between the cursor and the newest event that was read.
    static let maximumEntries = 1000

    package private(set) var endpoint: WebhookEndpoint
    /// In the order of their positions, the first of them not delivered.
    var entries: [DeliveryEntry] = []
    var readThrough: LogPosition
    /// The log may hold events of the webhook up to this position.
    var target: LogPosition
    var targetOfRead: LogPosition
    var isReading = false
    /// What the store knows of positions that were not read since.
    var knownAhead: Set<LogPosition>
    var knownRetries: [LogPosition: WebhookRetry]
    private var isHalted = false
    /// Why no more deliveries begin; `nil` while they do.
    var stop: WebhookState?
    var lastSuccess: Timestamp?
    var lastError: String?

    /// Creates the state of a webhook as the store has it. The log is read at least once.
    package init(_ endpoint: WebhookEndpoint) {
        self.endpoint = endpoint
        let progress = endpoint.progress
        readThrough = progress.position
        target = progress.position.next
        targetOfRead = target
        stop = endpoint.state.isDelivering ? nil : endpoint.state
        knownAhead = Set(progress.ahead)
        knownRetries = Dictionary(progress.retries.map { ($0.position, $0) }) { $1 }
        lastSuccess = progress.lastSuccess
        lastError = progress.lastError
    }

    // MARK: - Steps

    /// The log holds an event of the webhook at this position.
    package mutating func announce(_ position: LogPosition) { target = max(target, position) }

    /// The log may have lost events that were read: the next read shows it.
    package mutating func readAgain() { target = max(target, readThrough.next) }

    /// No more deliveries begin here; those in flight are waited for.
    package mutating func halt() { isHalted = true }

    /// Whether something can begin at `now`.
    package func canBegin(at now: Timestamp) -> Bool {
        var copy = self
        return !copy.begin(at: now).isEmpty
    }

    /// Takes the webhook as its owner has changed it. Deliveries that wait for a retry are attempted again at once.
    package mutating func reload(_ endpoint: WebhookEndpoint) {
        self.endpoint = endpoint
        stop = endpoint.state.isDelivering ? nil : endpoint.state
        knownRetries = [:]
        for index in entries.indices {
            switch entries[index].phase {
            case .failed: entries[index].phase = .waiting
            case .inFlight: entries[index].phase = .inFlight(nil)
            case .waiting, .delivered: break
            }
        }
        entries.removeAll { entry in
            guard case .event(let logged) = entry.content, entry.phase == .waiting else { return false }
            return !endpoint.accepts(logged.event)
        }
        dropDelivered()
    }

    /// Returns what can begin at `now`. What is returned counts as begun.
    package mutating func begin(at now: Timestamp) -> [Action] {
        guard stop == nil, !isHalted else { return [] }
        var actions: [Action] = []
        var places = endpoint.ordering.maximumInFlight - entries.count(where: \.hasPlace)
        for index in firstIndices {
            let entry = entries[index]
            guard let retry = startable(entry, places, at: now) else { continue }
            if !entry.hasPlace { places -= 1 }
            entries[index].phase = .inFlight(retry.value)
            actions.append(.send(Delivery(position: entry.position, content: entry.content)))
        }
        if let read = beginRead(places) { actions.append(read) }
        return actions
    }

    /// The deliveries that no earlier one has precedence over: the first of each booking that has not succeeded, up to a
    /// resync. A resync is in the order of all deliveries.
    var firstIndices: [Int] {
        var bookings: Set<BookingID> = []
        var first: [Int] = []
        for index in entries.indices where !entries[index].isDelivered {
            guard let booking = entries[index].bookingID else { return index == 0 ? [index] : first }
            if bookings.insert(booking).inserted { first.append(index) }
        }
        return first
    }

    /// Returns `nil` when the delivery cannot begin, else the retry that it continues.
    private func startable(_ entry: DeliveryEntry, _ places: Int, at now: Timestamp) -> (value: WebhookRetry?, Void)? {
        switch entry.phase {
        case .waiting: places > 0 ? (nil, ()) : nil
        case .failed(let retry): retry.due <= now ? (retry, ()) : nil
        case .inFlight, .delivered: nil
        }
    }

    /// Reads on when places are left, because everything that could begin has begun.
    private mutating func beginRead(_ places: Int) -> Action? {
        guard !isReading, readThrough < target, places > 0, entries.count < Self.maximumEntries else { return nil }
        isReading = true
        targetOfRead = target
        return .read(after: readThrough, limit: Self.readLimit)
    }
}
