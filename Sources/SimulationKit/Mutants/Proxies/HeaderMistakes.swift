import Bookings

extension Mutant {
    /// Mistakes in headers and problem details.
    static let headerMistakes: [Mutant] = [
        header("etag-of-another-version", in: .cache) { if $0.header("etag") != nil { $0.set("etag", "\"7000\"") } },
        header("etag-missing", in: .cache) { $0.set("etag", nil) },
        header("location-missing", in: .reminders) { $0.set("location", nil) },
        header("location-of-another", in: .reminders) {
            if $0.header("location") != nil { $0.set("location", "/bookings/00000000-0000-8000-8000-000000000000") }
        },
        header("request-id", in: .reminders) { $0.set("x-request-id", "another") },
        header("cors-missing", in: .reminders) { $0.set("access-control-allow-origin", nil) },
        header("cors-of-all", in: .reminders) {
            if $0.header("access-control-allow-origin") != nil { $0.set("access-control-allow-origin", "*") }
        },
        header("cors-exposes-nothing", in: .reminders) { $0.set("access-control-expose-headers", nil) },
        header("vary-missing", in: .reminders) { $0.set("vary", nil) },
        header("cache-control", in: .reminders) { $0.set("cache-control", "public, max-age=60") },
        header("content-type", in: .reminders) {
            if $0.header("content-type") != nil { $0.set("content-type", "text/html") }
        },
        header("unknown", in: .reminders) { $0.set("x-powered-by", "a proxy") },
        header("www-authenticate-missing", in: .tenants) { $0.set("www-authenticate", nil) },
        header("www-authenticate-error", in: .tenants) {
            if $0.header("www-authenticate") != nil { $0.set("www-authenticate", "Bearer realm=\"bookings\"") }
        },
        header("retry-after-missing", in: .dedupe) { $0.set("retry-after", nil) },
        header("replayed-always", in: .dedupe) { $0.set("idempotency-replayed", "true") },
        problem("title") { $0.change("title") { _ in .string("Something") } },
        problem("type") { $0.change("type") { _ in .string("/problems/gone") } },
        problem("status") { $0.change("status", to: \.incremented) },
        problem("instance") { $0.change("instance") { _ in .string("/") } },
        problem("request-id") { $0.change("request_id") { _ in .string("another") } },
        problem("detail-missing") { $0.remove("detail") },
        problem("blocking-missing") { $0.remove("blocking") },
        problem("next-free-missing") { $0.remove("next_free") },
    ]

    private static func header(
        _ name: String, in scenario: Scenario, _ change: @escaping @Sendable (inout ProxiedAnswer) -> Void
    ) -> Mutant {
        answer(
            "header-\(name)", "makes the mistake \(name) in headers", caughtBy: "contract", in: scenario,
            where: { _, _ in true }, change: change)
    }

    private static func problem(_ name: String, _ change: @escaping @Sendable (inout JSONValue) -> Void) -> Mutant {
        answer(
            "problem-\(name)", "changes the \(name) of problems", caughtBy: "contract", in: .tenants,
            where: { $1.status >= 400 }, change: { $0.changeJSON(change) })
    }
}
