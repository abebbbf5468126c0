/// Identifies a rendered page: all that it depends on, except for the rows and the time.
package struct PageKey: Hashable, Sendable {
    /// The path and query of the request, as they were sent.
    package let target: ByteString
    /// The caller, to whom the cursors in the page are bound.
    package let subject: Subject
    /// The bookings that the caller may see.
    package let scope: BookingScope

    /// Creates the key of a request.
    package init(target: ByteString, subject: Subject, scope: BookingScope) {
        self.target = target
        self.subject = subject
        self.scope = scope
    }
}

/// A page as a client receives it.
package struct RenderedPage: Sendable {
    /// The JSON document.
    package let body: [UInt8]
    /// The value of the `Link` header; `nil` if there are no other pages.
    package let link: String?

    /// Creates a page from its rendered parts.
    package init(body: [UInt8], link: String?) {
        self.body = body
        self.link = link
    }
}

/// For how long the rows of a page are current: until an instant, as long as nothing in their scope has changed.
package struct PageValidity: Sendable {
    let version: ScopeVersion
    let until: Timestamp
}

/// What a request has read about its scope before it needs the rows of a page.
package struct CheckedScope: Sendable {
    let version: ScopeVersion
    /// Whether the scope has changed within the lifetime of a rendered page: hardly another replica has made the page since.
    let hasJustChanged: Bool
}

/// The cache of list pages, in two levels: rendered pages in this process, and rows in a cache that replicas may share.
///
/// An entry of either level is used only after the log has shown that nothing in its scope has changed since, so no
/// acknowledged write is missing from a page.
package final class PageCache: Sendable {
    private let rendered = RenderedPages()
    private let versions: ScopeVersionTracker
    private let rows: any Cache
    private let timeToLive: Duration
    private let metrics: ServiceMetrics

    /// - Parameters:
    ///   - rows: Stores the rows of pages, independently of the caller.
    ///   - timeToLive: How long rows are used at most; zero disables both levels.
    package init(
        log: any EventLog, continuity: LogContinuity, rows: any Cache, timeToLive: Duration, metrics: ServiceMetrics
    ) {
        versions = ScopeVersionTracker(log, continuity: continuity)
        self.rows = rows
        self.timeToLive = timeToLive
        self.metrics = metrics
    }

    /// Returns the rendered page of an identical request if it is still current; otherwise makes and stores it.
    ///
    /// - Parameter make: Renders the page. It receives what was read about the scope already, and returns `nil` as validity
    ///   for a page that must not be stored.
    package func page(
        for key: PageKey, at now: Timestamp,
        make: (CheckedScope?) async throws -> (RenderedPage, PageValidity?)
    ) async throws -> RenderedPage {
        var checked: CheckedScope?
        if let entry = rendered.entry(for: key) {
            let version = try await version(of: key.scope)
            let isFresh = entry.isFresh(at: now)
            if isFresh, version == entry.validity.version {
                metrics.cacheRequest(hit: true)
                return entry.page
            }
            checked = CheckedScope(version: version, hasJustChanged: isFresh)
        }
        let (page, validity) = try await make(checked)
        if let validity {
            rendered.store(RenderedPages.Entry(page: page, asOf: now, validity: validity), for: key)
        }
        return page
    }

    /// Returns the rows of a numbered page as of `query.asOf`, from the cache if they are current.
    ///
    /// - Parameters:
    ///   - context: The query as `ListContext` writes it.
    ///   - checked: What was read about the query's scope for this request already.
    ///   - read: Reads the rows from the store, with the instant at which time alone changes them.
    func rows(
        of query: BookingQuery, context: String, number: Int, limit: Int, checked: CheckedScope?,
        read: () async throws(BookingError) -> (rows: ListPage, changesAt: Timestamp?)
    ) async throws(BookingError) -> ListPage {
        guard timeToLive > .zero else { return try await read().rows }
        // The version is read before the rows, so that they are as new as the version or newer.
        let version: ScopeVersion
        if let checked { version = checked.version } else { version = try await self.version(of: query.scope) }
        let key = CachedPageCodec.key(context, number: number, limit: limit, version: version)
        let isShared = !(checked?.hasJustChanged ?? false)
        let bytes = isShared ? await rows.value(for: key, at: query.asOf) : rows.ownValue(for: key, at: query.asOf)
        if let bytes, let page = CachedPageCodec.decode(bytes, version: version, at: query.asOf) {
            metrics.cacheRequest(hit: true)
            return page
        }
        metrics.cacheRequest(hit: false)
        var (page, changesAt) = try await read()
        let until = min(query.asOf + timeToLive, changesAt ?? .latest)
        if until > query.asOf {
            rows.keep(CachedPageCodec.encode(page, from: query.asOf, until: until), for: key, until: until)
            page.validity = PageValidity(version: version, until: until)
        }
        return page
    }

    private func version(of scope: BookingScope) async throws(BookingError) -> ScopeVersion {
        try await unavailableIfFailing { try await versions.version(of: scope) }
    }
}
