import Bookings
import BookingsRuntime

extension Mutant {
    static let caches = [staleBookings, cacheIgnoresChanges, cacheIgnoresCaller]

    static let staleBookings = Mutant(
        "stale-bookings", "a replica returns bookings as it first read them", caughtBy: "cache-fresh", in: .cache,
        .ports { ports in
            let (store, read) = (ports.store, Shared<[BookingID: Booking]>([:]))
            ports.store = InterceptedStore(
                store: store,
                onRead: { (id) throws(StoreError) in
                    if let known = read.withLock({ $0[id] }) { return known }
                    let booking = try await store.booking(id)
                    read.withLock { $0[id] = booking }
                    return booking
                },
                onWrite: { (write) throws(StoreError) in
                    read.withLock { $0[write.booking.id] = nil }
                    return try await store.write(write)
                })
        })

    static let cacheIgnoresChanges = Mutant(
        "cache-ignores-changes", "cached pages outlive changes", caughtBy: "cache-fresh", in: .cache,
        .ports { ports in
            ports.cache = InterceptedCache(cache: ports.cache) { key in
                (["list", "0"] + key.split(separator: "/").dropFirst(2).map(String.init)).joined(separator: "/")
            }
        })

    static let cacheIgnoresCaller = Mutant(
        "cache-ignores-caller", "callers share cached pages", caughtBy: "tenant-sealed", in: .tenants,
        .ports { ports in
            ports.cache = InterceptedCache(cache: ports.cache) { key in
                let parts = key.split(separator: "/", maxSplits: 4)
                let list = BookingList.allCases.first { parts.last?.contains("\"\($0.rawValue)\"") ?? false }
                return parts.dropFirst(2).prefix(2).joined(separator: "/") + "/\(list?.rawValue ?? "")"
            }
        })
}
