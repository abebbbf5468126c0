import Bookings

/// Answers, their headers and their problems.
enum OpenAPIAnswers {
    static func named(_ name: String) -> JSONValue { ["$ref": "#/components/responses/\(name)"] }

    private static func header(_ name: String) -> JSONValue { ["$ref": "#/components/headers/\(name)"] }

    private static func headers(_ names: [String]) -> JSONValue {
        .object(names.map { JSONMember(name: $0, value: header($0)) })
    }

    private static let always = ["X-Request-ID", "Cache-Control"]
    private static let limited = always + ["RateLimit-Policy", "RateLimit"]

    /// `isOpen`: everyone may ask, and nobody's requests are counted.
    static func answer(
        _ description: String, _ schema: JSONValue?, mediaType: String = "application/json",
        headers more: [String] = [],
        isOpen: Bool = false
    ) -> JSONValue {
        let plain: JSONValue = [
            "description": .string(description), "headers": headers((isOpen ? always : limited) + more),
        ]
        guard let schema else { return plain }
        return plain.merging(["content": .object([JSONMember(name: mediaType, value: ["schema": schema])])])
    }

    private static func problem(_ description: String, headers: [String] = []) -> JSONValue {
        answer(
            description, OpenAPISchemas.schema("Problem"), mediaType: "application/problem+json", headers: headers)
    }

    static let booking = answer(
        "The booking.", OpenAPISchemas.schema("Booking"), headers: ["ETag", "Idempotency-Replayed"])

    static let problems: JSONValue = [
        "Invalid": problem("`validation`: the faults of the request, each with its place; at most 20 are listed."),
        "Unauthorized": problem("`unauthorized`: no token, or a bad one.", headers: ["WWW-Authenticate"]),
        "Forbidden": problem("`forbidden`: the roles of the token do not allow it."),
        "NotFound": problem(
            "`not-found`: there is no such booking, or none that is yours.", headers: ["Idempotency-Replayed"]),
        "Conflict": problem(
            "`slot-taken`, `illegal-transition` or `request-in-progress`.",
            headers: ["Retry-After", "Idempotency-Replayed"]),
        "Gone": problem(
            "`gone`: events after this cursor are no longer kept, or a failover of the database lost them."),
        "PreconditionFailed": problem(
            "`precondition-failed`: the booking has another version.", headers: ["Idempotency-Replayed"]),
        "TooLarge": problem("`payload-too-large`: more than 64 KiB."),
        "UnsupportedMediaType": problem("`unsupported-media-type`: the body must be application/json."),
        "Mismatch": problem("`idempotency-mismatch`: the key was used with another body."),
        "RateLimited": problem("`rate-limited`.", headers: ["Retry-After"]),
        "Unavailable": problem(
            "`unavailable`: the store, or the keys for tokens, cannot be reached; try again.", headers: ["Retry-After"]),
    ]

    static let headers: JSONValue = [
        "X-Request-ID": described("The request's own, or a new one.", ["type": "string", "maxLength": 128]),
        "ETag": described("The version of the booking, in quotes.", ["type": "string", "pattern": "^\"[0-9]+\"$"]),
        "Location": described("The path of the booking."),
        "Link": described("RFC 8288: first, prev, next, last as they apply; paths."),
        "Idempotency-Replayed": described(
            "`true`: the answer that the same key was given before.", ["type": "string", "const": "true"]),
        "Retry-After": described("Seconds.", ["type": "string", "pattern": "^[0-9]+$"]),
        "RateLimit-Policy": described(
            "draft-ietf-httpapi-ratelimit-headers; only with a limit in force."),
        "RateLimit": described("What is left of the limit; only with one in force."),
        "WWW-Authenticate": described("RFC 6750."),
        "X-Accel-Buffering": described("`no` on a stream: proxies pass it on as it comes."),
        "Cache-Control": described(
            "`private, no-cache` on personal answers, `no-store` on tokens, probes, metrics and problems."),
    ]

    private static func described(_ text: JSONValue, _ schema: JSONValue = OpenAPISchemas.text) -> JSONValue {
        ["description": text, "schema": schema]
    }
}
