import Bookings
import BookingsHTTP

/// The part of `contract` about problem details (RFC 9457).
struct ProblemContract {
    let earlier: EarlierAnswers

    func violations(_ exchange: History.Exchange, _ status: Int, _ call: History.Call?) -> [String] {
        // The probes have a body of their own when they fail.
        if exchange.path.hasPrefix("/health") { return [] }
        guard let json = exchange.json else { return ["is not JSON"] }
        let schema = OpenAPIConformance.shared.violations(json, component: "Problem")
        guard schema.isEmpty, let slug = json["type"]?.string.flatMap(Self.slug) else { return schema }
        return members(json, slug, exchange, status) + slots(json, slug, call) + errors(json, slug)
    }

    private static func slug(_ type: String) -> Problem.Slug? {
        let prefix = "/problems/"
        return type.hasPrefix(prefix) ? Problem.Slug(rawValue: String(type.dropFirst(prefix.count))) : nil
    }

    private func members(
        _ json: JSONValue, _ slug: Problem.Slug, _ exchange: History.Exchange, _ status: Int
    ) -> [String] {
        var expected: [(name: String, value: JSONValue)] = [
            ("status", .number("\(status)")), ("title", .string(slug.title)), ("instance", .string(exchange.path)),
        ]
        if !earlier.hasStored(json["request_id"]?.string, for: exchange) {
            expected.append(("request_id", .string(exchange.header("x-request-id") ?? "")))
        }
        var violations = expected.filter { json[$0.name] != $0.value }.map {
            "is a problem with the \($0.name) \(json[$0.name]?.text ?? "none") instead of \($0.value.text)"
        }
        if slug.status.code != status { violations.append("is a problem of the type \(slug.rawValue)") }
        if json["detail"]?.string?.isEmpty ?? true { violations.append("is a problem without a detail") }
        return violations
    }

    /// What is in the way overlaps the requested slot, and the free slot has its length and does not begin before it.
    private func slots(_ json: JSONValue, _ slug: Problem.Slug, _ call: History.Call?) -> [String] {
        let (blocking, free) = (json["blocking"]?.slot, json["next_free"]?.slot)
        guard slug == .slotTaken else {
            return json["blocking"] == nil && json["next_free"] == nil ? [] : ["has slots without reason"]
        }
        guard let blocking, let free else { return ["is a conflict without its slots"] }
        guard let wished = call?.requestedSlot else { return [] }
        return (blocking.overlaps(wished) ? [] : ["is a conflict with a slot that is not in the way"])
            + (free.length == wished.length && free.start >= wished.start
                ? [] : ["is a conflict with a next free slot of another length or before the requested one"])
    }

    private func errors(_ json: JSONValue, _ slug: Problem.Slug) -> [String] {
        (json["errors"] != nil) == (slug == .validation) ? [] : ["has errors without reason, or none"]
    }
}

extension JSONValue {
    /// The slot in an object with `start_time` and `end_time`.
    var slot: TimeSlot? {
        guard let start = instant("start_time"), let end = instant("end_time"), start < end else { return nil }
        return .stored(start: start, end: end)
    }
}

/// The earlier requests whose stored answers may be repeated.
struct EarlierAnswers {
    private struct Key: Hashable { let caller: Caller?, method: String, path: String, key: String }
    private var requests: [Key: Set<String>] = [:]

    init(_ exchanges: [History.Exchange]) {
        for exchange in exchanges {
            if let key = Self.key(exchange) { requests[key, default: []].insert(exchange.request ?? "") }
        }
    }

    /// Whether the answer is the stored one of a request with this id and the same key.
    func hasStored(_ request: String?, for exchange: History.Exchange) -> Bool {
        guard exchange.header("idempotency-replayed") != nil, let key = Self.key(exchange), let request else {
            return false
        }
        return requests[key]?.contains(request) ?? false
    }

    private static func key(_ exchange: History.Exchange) -> Key? {
        exchange.requestHeader("idempotency-key").map {
            Key(caller: exchange.caller, method: exchange.method, path: exchange.path, key: $0)
        }
    }
}
