import Bookings

// The results of actions, and what the store has to know of them.
extension DeliveryState {
    /// Takes the events of the scope that a read returned.
    package mutating func didRead(_ slice: EventSlice) {
        // The log ends before what was read from it: a failover has lost its newest events.
        guard slice.through >= readThrough else { return logWasRewound(to: slice.through) }
        for logged in slice.events where endpoint.accepts(logged.event) { append(.event(logged), at: logged.position) }
        readThrough = slice.through
        // What was announced meanwhile may have come after the snapshot of the read.
        if slice.events.count < Self.readLimit, target == targetOfRead { target = slice.through }
        endRead()
    }

    /// A read found that the log reaches back no further than to `oldest`.
    package mutating func didFallBehind(oldest: LogPosition) {
        append(.resync(oldest: oldest), at: oldest)
        readThrough = oldest
        target = max(target, oldest.next)
        endRead()
    }

    /// The read failed, and is repeated by the next `begin`.
    package mutating func readFailed() { isReading = false }

    private mutating func logWasRewound(to head: LogPosition) {
        entries = []
        append(.resync(oldest: head), at: head)
        readThrough = head
        target = head
        endRead()
    }

    private mutating func endRead() {
        isReading = false
        knownAhead = knownAhead.filter { $0 > readThrough }
        dropDelivered()
    }

    private mutating func append(_ content: DeliveryContent, at position: LogPosition) {
        var entry = DeliveryEntry(position: position, content: content, phase: .waiting)
        if let retry = knownRetries.removeValue(forKey: entry.retryPosition) { entry.phase = .failed(retry) }
        if case .event = content, knownAhead.contains(position) { entry.phase = .delivered }
        entries.append(entry)
    }

    /// Takes the outcome of an attempt that was finished at `now`.
    ///
    /// - Parameter random: A random number from 0 to 1.
    package mutating func didAttempt(
        _ position: LogPosition, _ outcome: AttemptOutcome, at now: Timestamp, random: Double
    ) {
        guard let index = entries.firstIndex(where: { $0.position == position }),
            case .inFlight(let earlier) = entries[index].phase
        else { return }
        switch outcome {
        case .delivered:
            entries[index].phase = .delivered
            lastSuccess = now
            lastError = nil
            dropDelivered()
        case .gone:
            entries[index].phase = .waiting
            lastError = "the receiver answered 410"
            stop = .paused
        case .failed(let reason, let retryAfter):
            lastError = reason
            entries[index].phase = .failed(
                retry(of: entries[index], after: earlier, at: now, retryAfter: retryAfter, random: random))
        }
    }

    /// Returns the retry of a delivery that failed again. Without a next attempt the webhook is stalled.
    private mutating func retry(
        of entry: DeliveryEntry, after earlier: WebhookRetry?, at now: Timestamp, retryAfter: Duration?, random: Double
    ) -> WebhookRetry {
        let failures = (earlier?.failures ?? 0) + 1
        let first = earlier?.firstFailure ?? now
        let next = RetrySchedule.next(
            failures: failures, firstFailure: first, now: now, retryAfter: retryAfter, random: random)
        if next == nil { stop = .stalled }
        return WebhookRetry(
            position: entry.retryPosition, failures: failures, firstFailure: first, due: next ?? now)
    }

    mutating func dropDelivered() {
        entries.removeFirst(entries.prefix { $0.isDelivered }.count)
    }

    // MARK: - What the store has to know

    /// What was delivered, for the store.
    package var progress: WebhookProgress {
        var progress = WebhookProgress(from: cursor)
        progress.settled = settled
        let ahead = Set(entries.filter(\.isDelivered).map(\.position)).union(knownAhead)
        progress.ahead = ahead.sorted()
        progress.retries = (entries.compactMap(\.lastRetry) + knownRetries.values)
            .sorted { $0.position < $1.position }
        progress.lastSuccess = lastSuccess
        progress.lastError = lastError
        return progress
    }

    private var cursor: LogPosition {
        entries.first.map { LogPosition($0.position.number - 1) } ?? readThrough
    }

    private var settled: LogPosition {
        let open = entries.first { entry in
            switch entry.phase {
            case .waiting, .inFlight: true
            case .failed, .delivered: false
            }
        }
        return open.map { LogPosition($0.position.number - 1) } ?? readThrough
    }

    /// The state that the owner of the webhook sees.
    package var webhookState: WebhookState {
        if let stop { return stop }
        return knownRetries.isEmpty && entries.allSatisfy({ $0.lastRetry == nil }) ? .active : .failing
    }

    // MARK: - What is left to do

    /// The instant of the oldest event that was read and not delivered; `nil` when all were.
    package var oldestUndelivered: Timestamp? {
        for entry in entries where !entry.isDelivered {
            if case .event(let logged) = entry.content { return logged.event.occurredAt }
        }
        return nil
    }

    /// Whether the result of an action is still to come.
    package var isBusy: Bool { isReading || inFlight > 0 }

    /// The number of deliveries in flight.
    package var inFlight: Int {
        entries.count { entry in
            if case .inFlight = entry.phase { true } else { false }
        }
    }

    /// The instant of the next attempt; `nil` when none is waited for. A delivery over which an earlier one has precedence
    /// waits for that, whenever it is due.
    package var nextDue: Timestamp? {
        stop == nil ? firstIndices.compactMap { entries[$0].retry?.due }.min() : nil
    }
}

extension DeliveryEntry {
    /// The retry that it waits for, or that is in flight.
    var lastRetry: WebhookRetry? {
        switch phase {
        case .failed(let retry): retry
        case .inFlight(let retry): retry
        case .waiting, .delivered: nil
        }
    }
}
