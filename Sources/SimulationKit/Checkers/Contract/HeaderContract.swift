import Bookings

/// The part of `contract` about the headers of answers.
enum HeaderContract {
    private static let exposed = """
        ETag, Location, Link, X-Request-ID, Retry-After, Idempotency-Replayed, RateLimit, RateLimit-Policy
        """

    static func violations(
        _ exchange: History.Exchange, _ status: Int, _ description: OpenAPIConformance.ResponseDescription
    ) -> [String] {
        unknown(exchange, description) + common(exchange) + crossOrigin(exchange) + caching(exchange, status)
            + ofStatus(exchange, status) + media(exchange, description)
    }

    private static func unknown(
        _ exchange: History.Exchange, _ description: OpenAPIConformance.ResponseDescription
    ) -> [String] {
        exchange.headers.filter {
            !description.headers.contains($0.name) && !OpenAPIConformance.undescribedHeaders.contains($0.name)
                && !$0.name.hasPrefix("access-control-")
        }.map { "has the header \($0.name), which is not described" }
    }

    private static func common(_ exchange: History.Exchange) -> [String] {
        let id = exchange.header("x-request-id")
        let isRight = exchange.request.map { id == $0 } ?? (id?.isEmpty == false)
        return isRight ? [] : ["has the request id \(id ?? "none")"]
    }

    /// Answers to a page of an allowed origin may be read by it; all others differ by the origin.
    private static func crossOrigin(_ exchange: History.Exchange) -> [String] {
        let origin = exchange.requestHeader("origin")
        let expected = [
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", origin.map { _ in "true" }),
            ("access-control-expose-headers", origin.map { _ in exposed }),
        ]
        let varies = exchange.headers.contains { $0.name == "vary" && $0.value.lowercased().contains("origin") }
        return (varies ? [] : ["does not vary by the origin"]) + differences(exchange, expected)
    }

    private static func caching(_ exchange: History.Exchange, _ status: Int) -> [String] {
        let isPersonal = ["/bookings", "/events", "/reminders", "/webhooks"].contains { exchange.path.hasPrefix($0) }
        // An answer that shows a secret is kept nowhere.
        let isSecret = exchange.path.hasPrefix("/webhooks") && exchange.body.contains(#""secret":"#)
        let value = exchange.header("cache-control")
        let personal = "private, no-cache"
        // A stored problem is answered as every stored answer is.
        let allowed =
            status < 400 && isPersonal && !isSecret
            ? [personal] : exchange.requestHeader("idempotency-key") == nil ? ["no-store"] : ["no-store", personal]
        return value.map(allowed.contains) ?? false ? [] : ["has the cache control \(value ?? "none")"]
    }

    /// The headers that belong to some statuses alone.
    private static func ofStatus(_ exchange: History.Exchange, _ status: Int) -> [String] {
        var violations = differences(exchange, [("www-authenticate", status == 401 ? challenge(exchange) : nil)])
        let retry = exchange.header("retry-after")
        let mustRetry = status == 503 && !exchange.path.hasPrefix("/health") || status == 429
        let mayRetry = mustRetry || status == 409 && exchange.body.contains("request-in-progress")
        if mustRetry != (retry != nil), mayRetry != (retry != nil) || mustRetry {
            violations.append("has the Retry-After \(retry ?? "none")")
        } else if let retry, Int(retry).map({ $0 < 1 }) ?? true {
            violations.append("has the Retry-After \(retry)")
        }
        if let replayed = exchange.header("idempotency-replayed"),
            replayed != "true" || exchange.requestHeader("idempotency-key") == nil
        {
            violations.append("has the Idempotency-Replayed \(replayed) without reason")
        }
        return violations
    }

    /// RFC 6750, section 3: a request with a token that is wrong learns so.
    private static func challenge(_ exchange: History.Exchange) -> String {
        "Bearer realm=\"bookings\"" + (exchange.caller == nil ? "" : ", error=\"invalid_token\"")
    }

    private static func media(
        _ exchange: History.Exchange, _ description: OpenAPIConformance.ResponseDescription
    ) -> [String] {
        let type = exchange.header("content-type").map { String($0.prefix { $0 != ";" }) }
        let isRight = description.schemas.isEmpty ? type == nil : type.map { description.schemas[$0] != nil } ?? false
        return isRight ? [] : ["has the media type \(type ?? "none")"]
    }

    private static func differences(
        _ exchange: History.Exchange, _ expected: [(name: String, value: String?)]
    ) -> [String] {
        expected.filter { exchange.header($0.name) != $0.value }.map {
            "has the \($0.name) \(exchange.header($0.name) ?? "none") instead of \($0.value ?? "none")"
        }
    }
}
