import Bookings
import NIOCore
import Synchronization

/// Finished answers to lists, repeated to the same caller for three quarters of a second while nothing in its scope
/// changes.
///
/// `as_of` may lag behind the request by a second (the contract's "Pages"): what is asked again and again (a screen that
/// polls, a crowd behind one account) is made once. Whoever repeats an answer has found, for the request at hand, that
/// nothing has changed since, so that no acknowledged write is missing.
final class RenderedPages: Sendable {
    /// All that an answer depends on, but the rows and the time.
    struct Request: Hashable, Sendable {
        /// Path and query as they came.
        let target: ByteString
        let subject: Subject
        let scope: BookingScope
    }

    struct Page: Sendable {
        let asOf: Timestamp
        private(set) var validity: ListBookings.Validity
        let body: ByteBuffer
        let link: String?

        /// Whether it may be shown as long as nothing has changed.
        func isTrue(at now: Timestamp) -> Bool {
            now >= asOf && now < asOf + RenderedPages.longest && now < validity.until
        }

        /// The same page, by a change that was read later and is the same.
        func found(unchangedSince change: ScopeVersion) -> Page {
            var page = self
            page.validity.change = change
            return page
        }
    }

    private struct Pages {
        var byRequest: [Request: Page] = [:]
        var bytes = 0
        var sweptAt: Timestamp?

        /// Takes out what is too old, not more often than that anything can have grown too old.
        mutating func sweep(at now: Timestamp) {
            if let sweptAt, now >= sweptAt, now < sweptAt + RenderedPages.longest { return }
            sweptAt = now
            byRequest = byRequest.filter { now >= $0.value.asOf && now < $0.value.asOf + RenderedPages.longest }
            bytes = byRequest.reduce(0) { $0 + $1.value.body.readableBytes }
        }
    }

    static let longest = Duration.milliseconds(750)
    private static let capacityInBytes = 4 << 20

    private let pages = Mutex(Pages())

    /// The last that was kept, for whatever instant.
    func page(for request: Request) -> Page? { pages.withLock { $0.byRequest[request] } }

    func keep(_ page: Page, for request: Request) {
        let size = page.body.readableBytes
        pages.withLock { pages in
            if pages.bytes + size > Self.capacityInBytes { pages.sweep(at: page.asOf) }
            guard pages.bytes + size <= Self.capacityInBytes else { return }
            pages.bytes += size - (pages.byRequest.updateValue(page, forKey: request)?.body.readableBytes ?? 0)
        }
    }
}
