import Synchronization

/// The rendered pages of this process, reused for the same request of the same caller for three quarters of a second.
///
/// `as_of` of a page may lag behind the request by up to one second, so a page that is requested again and again (a
/// client that polls, many clients with one account) is rendered once.
final class RenderedPages: Sendable {
    struct Entry: Sendable {
        let page: RenderedPage
        let asOf: Timestamp
        let validity: PageValidity

        /// Whether the page may be used at `now` if nothing in its scope has changed.
        func isFresh(at now: Timestamp) -> Bool {
            now >= asOf && now < asOf + RenderedPages.lifetime && now < validity.until
        }
    }

    private struct State {
        var entries: [PageKey: Entry] = [:]
        var size = 0
        var sweptAt: Timestamp?

        /// Removes expired entries, at most once in the lifetime of an entry.
        mutating func sweep(at now: Timestamp) {
            if let sweptAt, now >= sweptAt, now < sweptAt + RenderedPages.lifetime { return }
            sweptAt = now
            entries = entries.filter { now >= $0.value.asOf && now < $0.value.asOf + RenderedPages.lifetime }
            size = entries.reduce(0) { $0 + $1.value.page.body.count }
        }
    }

    static let lifetime = Duration.milliseconds(750)
    /// The maximum size of all bodies in bytes.
    private static let capacity = 4 << 20

    private let state = Mutex(State())

    /// Returns the latest entry, which may have expired.
    func entry(for key: PageKey) -> Entry? { state.withLock { $0.entries[key] } }

    /// Stores an entry unless the capacity is exhausted.
    func store(_ entry: Entry, for key: PageKey) {
        let size = entry.page.body.count
        state.withLock { state in
            if state.size + size > Self.capacity { state.sweep(at: entry.asOf) }
            guard state.size + size <= Self.capacity else { return }
            state.size += size - (state.entries.updateValue(entry, forKey: key)?.page.body.count ?? 0)
        }
    }
}
