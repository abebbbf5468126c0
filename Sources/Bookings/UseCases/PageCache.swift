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
    var version: ScopeVersion
    let until: Timestamp
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
    /// - Parameter make: Renders the page. It receives the version of the scope if that was read already, and returns
    ///   `nil` as validity for a page that must not be stored.
    package func page(
        for key: PageKey, at now: Timestamp,
        make: (ScopeVersion?) async throws -> (RenderedPage, PageValidity?)
    ) async throws -> RenderedPage {
        var current: ScopeVersion?
        if let entry = rendered.entry(for: key) {
            let version = try await version(of: key.scope, since: entry.validity.version)
            if version.change == entry.validity.version.change, entry.isFresh(at: now) {
                if version != entry.validity.version { rendered.store(entry.confirmed(by: version), for: key) }
                metrics.cacheRequest(hit: true)
                return entry.page
            }
            current = version
        }
        let (page, validity) = try await make(current)
        if let validity {
            rendered.store(RenderedPages.Entry(page: page, asOf: now, validity: validity), for: key)
        }
        return page
    }

    /// Returns the rows of a numbered page as of `query.asOf`, from the cache if they are current.
    ///
    /// - Parameters:
    ///   - context: The query as `ListContext` writes it.
    ///   - version: The version of the query's scope, if it was read for this request already.
    ///   - read: Reads the rows from the store, with the instant at which time alone changes them.
    func rows(
        of query: BookingQuery, context: String, number: Int, limit: Int, version known: ScopeVersion?,
        read: () async throws(BookingError) -> (rows: ListPage, changesAt: Timestamp?)
    ) async throws(BookingError) -> ListPage {
        guard timeToLive > .zero else { return try await read().rows }
        // The version is read before the rows, so that they are as new as the version or newer.
        let version: ScopeVersion
        if let known { version = known } else { version = try await self.version(of: query.scope, since: nil) }
        let key = CachedPageCodec.key(context, number: number, limit: limit, change: version.change)
        if let bytes = await rows.value(for: key, at: query.asOf),
            let page = CachedPageCodec.decode(bytes, version: version, at: query.asOf)
        {
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

    private func version(
        of scope: BookingScope, since earlier: ScopeVersion?
    ) async throws(BookingError) -> ScopeVersion {
        try await unavailableIfFailing { try await versions.version(of: scope, since: earlier) }
    }
}
