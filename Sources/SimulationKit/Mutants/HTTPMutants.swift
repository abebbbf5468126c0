import Bookings
import BookingsRuntime

extension Mutant {
    /// Bugs in the semantics of HTTP, and in what operators read.
    static let http = [
        totalOffByOne, filterIgnored, notModifiedAfterChange, modifiedUnchanged, tagOfFirstVersion, keyReplayedAfterDay,
        healthAlwaysUp, healthDown, counterTwice, conflictsUncounted, limitPerReplica, limiterForgets, limiterEarly,
    ]

    static let totalOffByOne = Mutant(
        "total-off-by-one", "the total of a page is one too high", caughtBy: "page-complete", in: .http,
        .ports { ports in
            ports.interceptList { (query, page, store) throws(StoreError) in
                let rows = try await store.bookings(query, page)
                return ListRows(bookings: rows.bookings, total: rows.total.map { $0 + 1 }, changesAt: rows.changesAt)
            }
        })

    static let filterIgnored = Mutant(
        "filter-ignored", "a list ignores its filter by status", caughtBy: "page-complete", in: .http,
        .ports { ports in
            ports.interceptList { (query, page, store) throws(StoreError) in
                var other = query
                other.filter.statuses = []
                return try await store.bookings(other, page)
            }
        })

    static let notModifiedAfterChange = answer(
        "not-modified-after-change", "answers every conditional read with 304", caughtBy: "etag", in: .http
    ) { request, answer in
        request.header("if-none-match") != nil && answer.status == 200
    } change: {
        $0.status = 304
        $0.set("content-type", nil)
        $0.set("content-length", nil)
        $0.body = ""
    }

    static let modifiedUnchanged = Mutant(
        "if-none-match-ignored", "a proxy removes If-None-Match from the requests", caughtBy: "etag", in: .http,
        .answerProxy(ProxyMistake(onRequest: { $0.headers.removeAll { $0.name == "if-none-match" } })))

    static let tagOfFirstVersion = answer(
        "tag-of-first-version", "gives every version the entity tag of the first", caughtBy: "etag", in: .http
    ) {
        $1.header("etag") != nil
    } change: {
        $0.set("etag", "\"1\"")
    }

    static let keyReplayedAfterDay = Mutant(
        "key-replayed-after-a-day", "a key is replayed without a time limit", caughtBy: "idempotent", in: .http,
        .ports { ports in
            let kept = Shared<[IdempotencyKey: IdempotencyRecord]>([:])
            ports.interceptWrite { (write, store) throws(StoreError) in
                guard let record = write.idempotency else { return try await store.write(write) }
                if let first = kept.withLock({ $0[record.key] }) { return .decidedBefore(first) }
                let outcome = try await store.write(write)
                if case .written = outcome { kept.withLock { $0[record.key] = record } }
                return outcome
            }
        })

    static let healthAlwaysUp = answer(
        "health-always-up", "answers every probe with 200", caughtBy: "health-true", in: .http
    ) { request, _ in
        request.path.hasPrefix("/health")
    } change: {
        $0.status = 200
    }

    static let healthDown = answer(
        "health-down", "answers one probe in two with 503", caughtBy: "health-true", in: .http
    ) { request, _ in
        request.path == "/health" && request.isOneIn(2)
    } change: {
        $0.status = 503
    }

    static let counterTwice = answer(
        "counter-twice", "counts every booking twice", caughtBy: "metrics-true", in: .http
    ) { request, _ in
        request.path == "/metrics"
    } change: {
        $0.changeCounter("bookings_created_total") { $0 * 2 }
    }

    static let conflictsUncounted = answer(
        "conflicts-uncounted", "counts no conflicts", caughtBy: "metrics-true", in: .contention
    ) { request, _ in
        request.path == "/metrics"
    } change: {
        $0.changeCounter("bookings_conflicts_total") { _ in 0 }
    }

    static let limitPerReplica = Mutant(
        "limit-per-replica", "each replica counts requests for itself", caughtBy: "rate-limit", in: .limits,
        .sharedPorts { $0.rateLimiter = InProcessRateLimiter() })

    static let limiterForgets = Mutant(
        "limiter-forgets", "the limiter begins anew after some requests", caughtBy: "rate-limit", in: .limits,
        .ports { ports in
            ports.rateLimiter = InterceptedLimiter(limiter: ports.rateLimiter) { max(1, $0 % 20) }
        })

    static let limiterEarly = Mutant(
        "limiter-early", "a caller is refused ten requests before its limit", caughtBy: "rate-limit", in: .limits,
        .ports { ports in ports.rateLimiter = InterceptedLimiter(limiter: ports.rateLimiter) { $0 + 10 } })
}

/// A limiter that changes how many requests it has counted.
private struct InterceptedLimiter: RateLimiter {
    let limiter: any RateLimiter
    let change: @Sendable (Int) -> Int

    func count(_ subject: Subject, _ limit: RateLimit, at now: Timestamp) async -> RateUsage {
        let usage = await limiter.count(subject, limit, at: now)
        return RateUsage(used: change(usage.used), windowEnds: usage.windowEnds)
    }
}

extension ProxiedAnswer {
    /// Changes the value of a counter without labels in the text of metrics.
    fileprivate mutating func changeCounter(_ name: String, _ change: (Int) -> Int) {
        body = body.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard line.hasPrefix("\(name) "), let count = Double(line.dropFirst(name.count + 1)) else {
                return String(line)
            }
            return "\(name) \(change(Int(count)))"
        }.joined(separator: "\n")
    }
}
