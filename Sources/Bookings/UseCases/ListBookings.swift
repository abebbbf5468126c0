/// Reads a stretch of a list, out of the cache where its rows are unchanged.
package struct ListBookings: Sendable {
    /// Rows as JSON, with what the rest of the answer is made of.
    package struct Stretch: Sendable {
        /// The rows, comma separated, without brackets.
        package let rows: ArraySlice<UInt8>
        package let total: Int?
        /// Where the last row stands; nil when no row follows it.
        package let next: SortKey?
        /// How long the rows are true; nil when that is not known.
        package var validity: Validity?
    }

    /// Until the instant, as long as nothing in the scope has changed since.
    package struct Validity: Sendable {
        package var change: ScopeVersion
        package let until: Timestamp
    }

    private let store: any BookingStore
    private let changes: ScopeVersionTracker
    private let cache: any Cache
    private let timeToLive: Duration
    private let metrics: ServiceMetrics

    package init(
        store: any BookingStore, log: any EventLog, continuity: LogContinuity, cache: any Cache, timeToLive: Duration,
        metrics: ServiceMetrics
    ) {
        self.store = store
        changes = ScopeVersionTracker(log, continuity: continuity)
        self.cache = cache
        self.timeToLive = timeToLive
        self.metrics = metrics
    }

    /// The last change of what a caller may read. `earlier`: what this gave for the scope before.
    package func lastChange(
        in scope: BookingScope, since earlier: ScopeVersion? = nil
    ) async throws(BookingError) -> ScopeVersion {
        try await unavailableIfFailing { try await changes.last(in: scope, since: earlier) }
    }

    /// Says that a page was answered without `page`, because its validity had not ended.
    package func repeated() { metrics.cacheRequest(hit: true) }

    /// A numbered page. `context`: the query's, as `ListContext` writes it. `isPinned`: the query's instant was named by
    /// the client, so that nothing is cached. `lastChange`: what `lastChange(in:since:)` gave for this request.
    package func page(
        _ query: BookingQuery, context: String, number: Int, limit: Int, isPinned: Bool, lastChange: ScopeVersion?
    ) async throws(BookingError) -> Stretch {
        guard timeToLive > .zero, !isPinned else {
            return try await read(query, number: number, limit: limit).stretch
        }
        // The place of the last change is read before the rows: they are as new as it or newer.
        let change: ScopeVersion
        if let lastChange { change = lastChange } else { change = try await self.lastChange(in: query.scope) }
        let key = CachedPageCodec.key(context, number: number, limit: limit, change: change.place)
        if let bytes = await cache.value(for: key, at: query.asOf),
            let stretch = CachedPageCodec.decode(bytes, of: change, at: query.asOf)
        {
            metrics.cacheRequest(hit: true)
            return stretch
        }
        metrics.cacheRequest(hit: false)
        var (stretch, changesAt) = try await read(query, number: number, limit: limit)
        let until = min(query.asOf + timeToLive, changesAt ?? .latest)
        if until > query.asOf {
            cache.keep(CachedPageCodec.encode(stretch, from: query.asOf, until: until), for: key, until: until)
            stretch.validity = Validity(change: change, until: until)
        }
        return stretch
    }

    /// The rows after a key.
    package func rows(_ query: BookingQuery, after key: SortKey, limit: Int) async throws(BookingError) -> Stretch {
        let rows = try await unavailableIfFailing { try await store.bookings(query, .after(key, limit: limit + 1)) }
        let shown = rows.bookings.prefix(limit)
        let next = rows.bookings.count > limit ? shown.last.map(query.sort.key) : nil
        return Stretch(rows: Self.json(shown), total: nil, next: next)
    }

    private func read(
        _ query: BookingQuery, number: Int, limit: Int
    ) async throws(BookingError) -> (stretch: Stretch, changesAt: Timestamp?) {
        let rows = try await unavailableIfFailing {
            try await store.bookings(query, .page(number: number, limit: limit))
        }
        let total = rows.total ?? 0
        let pages = (total + limit - 1) / limit
        let next = number < pages ? rows.bookings.last.map(query.sort.key) : nil
        return (Stretch(rows: Self.json(rows.bookings[...]), total: total, next: next), rows.changesAt)
    }

    private static func json(_ bookings: ArraySlice<Booking>) -> ArraySlice<UInt8> {
        var writer = JSONWriter(reservingCapacity: bookings.count * 420)
        for booking in bookings { writer.booking(booking) }
        return writer.bytes[...]
    }
}

/// How a stretch lies in the cache.
package enum CachedPageCodec {
    /// Names all that the rows depend on, the place of the scope's last change included: an entry is never wrong.
    static func key(_ context: String, number: Int, limit: Int, change: ScopeVersion.Place) -> ByteString {
        ByteString("list/\(change)/\(number)/\(limit)/\(context)")
    }

    /// Five words and two instants: that of which the rows are true and from which on they may be shown, and their end.
    private static let headLength = 56

    static func encode(_ stretch: ListBookings.Stretch, from instant: Timestamp, until end: Timestamp) -> [UInt8] {
        var bytes = words([UInt64(stretch.total ?? 0), stretch.next == nil ? 0 : 1])
        let next = stretch.next
        bytes += words([
            UInt64(bitPattern: next?.instant.milliseconds ?? 0), next?.id.high ?? 0, next?.id.low ?? 0,
            UInt64(bitPattern: instant.milliseconds), UInt64(bitPattern: end.milliseconds),
        ])
        return bytes + stretch.rows
    }

    /// The most rows that a total may count: pages are computed from it without overflow.
    private static let largestTotal = UInt64(1) << 48

    /// Nil for bytes that `encode` never writes; also for an instant before the entry's own: a request that began
    /// earlier, or a replica whose clock is behind.
    static func decode(_ bytes: [UInt8], of change: ScopeVersion, at now: Timestamp) -> ListBookings.Stretch? {
        guard bytes.count >= headLength else { return nil }
        let word = { (index: Int) in bytes[index * 8..<index * 8 + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        guard word(0) <= largestTotal, word(1) <= 1, let key = instant(word(2)), let from = instant(word(5)),
            let until = instant(word(6)), now >= from
        else { return nil }
        let next = SortKey(instant: key, id: BookingID(high: word(3), low: word(4)))
        return ListBookings.Stretch(
            rows: bytes[headLength...], total: Int(word(0)), next: word(1) == 1 ? next : nil,
            validity: ListBookings.Validity(change: change, until: until))
    }

    private static func instant(_ word: UInt64) -> Timestamp? {
        let instant = Timestamp(milliseconds: Int64(bitPattern: word))
        return (Timestamp.earliest...Timestamp.latest).contains(instant) ? instant : nil
    }

    package static func words(_ words: [UInt64]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: words.count * 8) { bytes, count in
            for word in words {
                for shift in stride(from: UInt64(56), through: 0, by: -8) {
                    bytes[count] = UInt8(truncatingIfNeeded: word >> shift)
                    count += 1
                }
            }
        }
    }
}

/// A list with its caller's scope, filters and sort as one unambiguous text.
package enum ListContext {
    package static func text(_ query: BookingQuery) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        writer.string(query.list.rawValue)
        writer.bool(query.scope.everything)
        writer.string(query.scope.provider?.description)
        writer.string(query.scope.customer?.text)
        writer.string(query.filter.statuses.map(\.rawValue).sorted().joined(separator: ","))
        writer.string(query.filter.providerID?.description)
        writer.string(query.filter.customerID?.text)
        writer.string(query.filter.serviceID?.description)
        writer.integer(query.filter.from?.milliseconds ?? -1)
        writer.integer(query.filter.to?.milliseconds ?? -1)
        writer.string(query.sort.field.rawValue)
        writer.bool(query.sort.descending)
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
