import Bookings

/// What requests and answers hold, as JSON Schema (draft 2020-12).
enum OpenAPISchemas {
    static func schema(_ name: String) -> JSONValue { ["$ref": "#/components/schemas/\(name)"] }

    package static let text: JSONValue = ["type": "string"]

    static func names(_ names: [String]) -> JSONValue {
        ["type": "string", "enum": .array(names.map { .string($0) })]
    }

    static func integer(_ range: ClosedRange<Int>) -> JSONValue {
        let least: JSONValue = ["type": "integer", "minimum": .number("\(range.lowerBound)")]
        return range.upperBound == .max ? least : least.merging(["maximum": .number("\(range.upperBound)")])
    }

    private static let id = schema("Identifier")
    private static let time = schema("Timestamp")

    private static func optional(_ value: JSONValue) -> JSONValue { ["oneOf": [value, ["type": "null"]]] }

    /// An object with these members and no others; all but `optional` are always there.
    private static func object(_ properties: JSONValue, optional: Set<String> = []) -> JSONValue {
        guard case .object(let members) = properties else { return properties }
        let required = members.map(\.name).filter { !optional.contains($0) }.sorted()
        return [
            "type": "object", "properties": properties, "required": .array(required.map { .string($0) }),
            "additionalProperties": false,
        ]
    }

    private static func described(_ value: JSONValue, _ description: JSONValue) -> JSONValue {
        value.merging(["description": description])
    }

    private static let bookingMembers: JSONValue = [
        "id": id, "provider_id": id, "customer_id": optional(schema("Subject")), "service_id": id,
        "start_time": time, "end_time": time, "status": schema("BookingStatus"),
        "version": described(integer(1...Int.max), "Rises by one with each change; it is the entity tag."),
        "created_at": time, "updated_at": time,
    ]

    static let all: JSONValue = values.merging(bookings).merging(events).merging(operations).merging(problems)

    private static let values: JSONValue = [
        "Identifier": [
            "type": "string", "format": "uuid",
            "description": "A UUID; read without regard to case, written in lower case.",
        ],
        "Timestamp": [
            "type": "string", "format": "date-time",
            "description":
                "RFC 3339; written in UTC with `Z` and milliseconds, read with any offset, in the years 1970 to 9999.",
            "examples": ["2030-05-01T12:00:00.000Z"],
        ],
        "Subject": [
            "type": "string", "minLength": 1, "maxLength": 255,
            "description": "A subject (the claim `sub`), without control characters.",
        ],
        "Cursor": ["type": "string", "minLength": 1, "description": "Opaque and signed."],
        "BookingStatus": names(BookingStatus.allCases.map(\.rawValue)),
        "Slot": object(["start_time": time, "end_time": time]),
    ]

    private static let bookings: JSONValue = [
        "NewBooking": object(
            [
                "provider_id": id, "service_id": id,
                "customer_id": described(
                    optional(schema("Subject")), "Left out: the caller, when it is a customer."),
                "start_time": time,
                "end_time": ["allOf": [time], "description": "After `start_time`, at most 24 hours."],
            ], optional: ["customer_id"]),
        "Nothing": object([:]),
        "Booking": object(bookingMembers),
        "BookingPage": object([
            "data": ["type": "array", "items": schema("Booking"), "maxItems": 100],
            "meta": described(
                object(
                    [
                        "as_of": time, "limit": integer(1...100), "next_cursor": optional(schema("Cursor")),
                        "page": integer(1...Int.max), "total": integer(0...Int.max),
                        "total_pages": integer(0...Int.max),
                    ], optional: ["page", "total", "total_pages"]),
                "`page`, `total` and `total_pages` are left out of a walk by cursor."),
        ]),
        "History": object([
            "data": ["type": "array", "minItems": 1, "maxItems": 1000, "items": schema("HistoryEntry")],
            "meta": object(["limit": integer(1...1000), "next_cursor": optional(schema("Cursor"))]),
        ]),
        "HistoryEntry": object([
            "version": integer(1...Int.max), "action": names(ActionName.allCases.map(\.rawValue)),
            "actor": object([
                "sub": schema("Subject"),
                "roles": ["type": "array", "items": names(Role.allCases.map(\.rawValue))],
            ]),
            "time": time, "request_id": text,
            "before": described(
                optional(["type": "object"]), "The fields that changed, as they were; null at first."),
            "after": [
                "type": "object",
                "description": "The fields that changed, as they became; replaying them rebuilds the booking.",
            ],
        ]),
    ]

    private static let events: JSONValue = [
        "EventStamp": object([
            "id": described(id, "The same on every way out; an extra copy of an event has it too."),
            "cursor": schema("Cursor"), "occurred_at": time,
        ]),
        "BookingEvent": object(bookingMembers.merging(["event": schema("EventStamp")])),
        "ReminderEvent": object([
            "booking_id": id, "provider_id": id, "customer_id": optional(schema("Subject")), "service_id": id,
            "start_time": time, "end_time": time, "due_at": time,
            "minutes_before": ["type": "number", "minimum": 0, "description": "The lead."],
            "late": [
                "type": "boolean",
                "description": "Recorded more than a second after `due_at`, or armed only after it.",
            ],
            "event": schema("EventStamp"),
        ]),
        "EventPage": object([
            "data": [
                "type": "array", "maxItems": 100,
                "items": object([
                    "name": names(EventName.allCases.map(\.rawValue)),
                    "data": ["oneOf": [schema("BookingEvent"), schema("ReminderEvent")]],
                ]),
            ],
            "meta": object(["next": schema("Cursor")]),
        ]),
    ]

    private static let operations: JSONValue = [
        "Health": object([
            "status": names(["ok", "error", "shutting_down"]), "info": schema("HealthParts"),
            "error": schema("HealthParts"), "details": schema("HealthParts"),
        ]),
        "HealthParts": [
            "type": "object",
            "additionalProperties": object(
                [
                    "status": names(["up", "down"]), "mode": ["type": "string", "const": "in-process"],
                    "reason": ["type": "string", "description": "Why it is down."],
                ], optional: ["mode", "reason"]),
        ],
        "Probe": object(["status": names(["ok", "error", "shutting_down"])]),
        "TokenRequest": object(
            [
                "sub": schema("Subject"),
                "roles": [
                    "type": "array", "items": text,
                    "contains": names(Role.allCases.map(\.rawValue)),
                    "description":
                        "At least one of them must be \(Role.allCases.map(\.rawValue).joined(separator: ", ")).",
                ],
                "ttl_seconds": integer(1...31_536_000).merging(["default": 3600]), "provider_id": optional(id),
            ], optional: ["ttl_seconds", "provider_id"]),
        "Token": object([
            "access_token": text, "token_type": ["type": "string", "const": "Bearer"],
            "expires_in": integer(1...Int.max),
        ]),
    ]

    private static let problems: JSONValue = [
        "Problem": described(
            object(
                [
                    "type": names(Problem.Slug.allCases.map { "/problems/\($0.rawValue)" }), "title": text,
                    "status": ["type": "integer"], "detail": text, "instance": text, "request_id": text,
                    "errors": ["type": "array", "minItems": 1, "maxItems": 20, "items": schema("Fault")],
                    "more_errors": [
                        "type": "integer", "minimum": 1,
                        "description": "How many faults there are besides the 20 listed.",
                    ],
                    "blocking": ["allOf": [schema("Slot")], "description": "Of `slot-taken`: the first in the way."],
                    "next_free": [
                        "allOf": [schema("Slot")],
                        "description":
                            "Of `slot-taken`: the earliest slot of the wished length at or after the wished start.",
                    ],
                ], optional: ["errors", "more_errors", "blocking", "next_free"]), "RFC 9457."),
        "Fault": object([
            "pointer": described(text, "RFC 6901; `/query/…` and `/header/…` outside the body."), "detail": text,
        ]),
    ]
}
