import Bookings

/// The description of the service (OpenAPI 3.1), for `/openapi.json` and `BookingsServer openapi`.
package enum OpenAPIDocument {
    package static let json: [UInt8] = {
        var writer = JSONWriter(reservingCapacity: 1 << 16)
        writer.value(document)
        return writer.bytes
    }()

    static let document: JSONValue = [
        "openapi": "3.1.0",
        "info": [
            "title": "Bookings", "version": "1.0.0", "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            "description": """
            Bookings of providers' time. Live events come by Socket.IO at `/socket.io/` too. HEAD is answered \
            wherever GET is; every other method of a known path is 405 with `Allow`, every unknown path 404, both \
            as problems. So is whatever is no valid request of HTTP/1.1 or 1.0, before any route: 400, 408 (the head \
            must come within 10 s, a body without a pause of 30 s), 414 (a target over 8 KiB), 431 (a head over \
            32 KiB), 501 (an unknown method) and 505; the connection closes behind it.
            """,
        ],
        "servers": [["url": "/"]],
        "tags": .array(
            ["Bookings", "Actions", "Lists", "Events", "Tokens", "Operations"].map { ["name": .string($0)] }),
        "paths": bookingPaths.merging(actionPaths).merging(eventPaths).merging(operationPaths),
        "components": [
            "schemas": OpenAPISchemas.all, "headers": OpenAPIAnswers.headers, "responses": OpenAPIAnswers.problems,
            "parameters": parameters,
            "securitySchemes": [
                "bearer": [
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": """
                    HS256 by the secret, or RS256, ES256, EdDSA by published keys; claims `sub`, `roles`, `exp`, \
                    optionally `provider_id`.
                    """,
                ]
            ],
        ],
    ]

    // MARK: - Paths

    private static let bookingPaths: JSONValue = [
        "/bookings": [
            "get": operation(
                "listBookings", "All bookings that the caller may see", in: "Lists", pageParameters + filters,
                pageAnswers),
            "post": operation(
                "createBooking", "Book a slot", in: "Bookings", [parameter("IdempotencyKey")],
                writeAnswers.merging([
                    "201": OpenAPIAnswers.answer(
                        "The booking was made.", OpenAPISchemas.schema("Booking"),
                        headers: ["ETag", "Location", "Idempotency-Replayed"]
                    ).merging(["links": links])
                ]), body: "NewBooking"),
        ],
        "/bookings/upcoming": [
            "get": operation(
                "listUpcoming", "Bookings that have not ended, by start", in: "Lists", pageParameters, pageAnswers)
        ],
        "/bookings/past": [
            "get": operation(
                "listPast", "Bookings that have ended, the latest start first", in: "Lists", pageParameters, pageAnswers
            )
        ],
        "/bookings/{id}": [
            "get": operation(
                "getBooking", "One booking", in: "Bookings", [parameter("BookingID"), parameter("IfNoneMatch")],
                readAnswers.merging([
                    "200": OpenAPIAnswers.answer(
                        "The booking.", OpenAPISchemas.schema("Booking"), headers: ["ETag"]),
                    "304": OpenAPIAnswers.answer("It is the one that the client has.", nil, headers: ["ETag"]),
                    "404": OpenAPIAnswers.named("NotFound"),
                ]))
        ],
        "/bookings/{id}/history": [
            "get": operation(
                "getHistory", "Who changed what, oldest first", in: "Bookings",
                ["BookingID", "HistoryLimit", "Cursor"].map(parameter),
                readAnswers.merging([
                    "200": OpenAPIAnswers.answer("The history.", OpenAPISchemas.schema("History")),
                    "404": OpenAPIAnswers.named("NotFound"),
                ]))
        ],
    ]

    /// What can be done with a booking that was made.
    private static let links: JSONValue = .object(
        ["getBooking", "getHistory", "confirm", "decline", "cancel", "reschedule", "complete", "noShow"].map { id in
            JSONMember(
                name: id, value: ["operationId": .string(id), "parameters": ["id": "$response.body#/id"]])
        })

    private static let actionPaths: JSONValue = [
        "/bookings/{id}/confirm": action("confirm", "Confirm a pending booking"),
        "/bookings/{id}/decline": action("decline", "Decline a pending booking"),
        "/bookings/{id}/cancel": action("cancel", "Cancel a booking; its slot is free again"),
        "/bookings/{id}/reschedule": action(
            "reschedule", "Move a booking; a refused move changes nothing", body: "Slot"),
        "/bookings/{id}/complete": action("complete", "Complete a booking that has started"),
        "/bookings/{id}/no-show": action("noShow", "Say that nobody came"),
    ]

    private static let eventPaths: JSONValue = [
        "/events": [
            "get": operation(
                "listEvents", "The caller's events, as a page or a stream", in: "Events",
                [
                    query(
                        "after", OpenAPISchemas.schema("Cursor"),
                        "`meta.next` of the page before, or an event's cursor; without it from the oldest kept, a "
                            + "stream from now."),
                    query("limit", OpenAPISchemas.integer(1...100).merging(["default": 100]), "Events of a page."),
                    header("Last-Event-ID", "Where a stream goes on."),
                ],
                readAnswers.merging([
                    "200": OpenAPIAnswers.answer(
                        """
                        The caller's events. With `Accept: text/event-stream` live: `id` the cursor, `event` the name, \
                        `data` the event; a comment every 15 seconds; until the token expires.
                        """, OpenAPISchemas.schema("EventPage"), headers: ["X-Accel-Buffering"]
                    ).merging([
                        "content": [
                            "application/json": ["schema": OpenAPISchemas.schema("EventPage")],
                            "text/event-stream": ["schema": OpenAPISchemas.text],
                        ]
                    ]),
                    "410": OpenAPIAnswers.named("Gone"),
                ]))
        ]
    ]

    private static let operationPaths: JSONValue = [
        "/health": [
            "get": open(
                "getHealth", "Health in the shape of Terminus", schema: "Health",
                [
                    "200": "The database answers and takes writes.",
                    "503": "The database does not answer or refuses writes, or the service is going.",
                ])
        ],
        "/health/live": ["get": open("getLive", "The process is alive", schema: "Probe", ["200": "It is."])],
        "/health/ready": [
            "get": open(
                "getReady", "Ready to serve", schema: "Probe",
                ["200": "It is.", "503": "Starting, going, or migrations are pending."])
        ],
        "/metrics": ["get": document("getMetrics", "Metrics in Prometheus' text format", "text/plain")],
        "/openapi.json": ["get": document("getOpenAPI", "This document", "application/json", ["type": "object"])],
        "/docs": ["get": document("getDocs", "This document, for reading", "text/html")],
        "/auth/token": [
            "post": operation(
                "createToken", "A token to try things with; never in production", in: "Tokens", [],
                [
                    "200": OpenAPIAnswers.answer("The token.", OpenAPISchemas.schema("Token"), isOpen: true),
                    "400": OpenAPIAnswers.named("Invalid"), "413": OpenAPIAnswers.named("TooLarge"),
                    "415": OpenAPIAnswers.named("UnsupportedMediaType"),
                ], body: "TokenRequest", isOpen: true)
        ],
    ]

    // MARK: - Operations

    private static func operation(
        _ id: String, _ summary: String, in tag: String, _ parameters: [JSONValue], _ answers: JSONValue,
        body: String? = nil, needsBody: Bool = true, isOpen: Bool = false
    ) -> JSONValue {
        var operation: JSONValue = [
            "operationId": .string(id), "summary": .string(summary), "tags": [.string(tag)],
            "parameters": .array(parameters + [parameter("RequestID")]), "responses": answers,
            "security": isOpen ? [] : [["bearer": []]],
        ]
        if let body {
            operation = operation.merging([
                "requestBody": [
                    "required": .bool(needsBody),
                    "content": ["application/json": ["schema": OpenAPISchemas.schema(body)]],
                ]
            ])
        }
        return operation
    }

    private static func action(_ id: String, _ summary: String, body: String = "Nothing") -> JSONValue {
        let answers = writeAnswers.merging([
            "200": OpenAPIAnswers.booking, "404": OpenAPIAnswers.named("NotFound"),
            "412": OpenAPIAnswers.named("PreconditionFailed"),
        ])
        return [
            "post": operation(
                id, summary, in: "Actions",
                [parameter("BookingID"), parameter("IfMatch"), parameter("IdempotencyKey")], answers, body: body,
                needsBody: body != "Nothing")
        ]
    }

    private static func open(
        _ id: String, _ summary: String, schema: String, _ answers: KeyValuePairs<String, String>
    ) -> JSONValue {
        let members = answers.map { status, description in
            JSONMember(
                name: status,
                value: OpenAPIAnswers.answer(description, OpenAPISchemas.schema(schema), isOpen: true))
        }
        return operation(id, summary, in: "Operations", [], .object(members), isOpen: true)
    }

    private static func document(
        _ id: String, _ summary: String, _ mediaType: String, _ schema: JSONValue = OpenAPISchemas.text
    ) -> JSONValue {
        operation(
            id, summary, in: "Operations", [],
            ["200": OpenAPIAnswers.answer(summary + ".", schema, mediaType: mediaType, isOpen: true)], isOpen: true)
    }

    private static let readAnswers: JSONValue = [
        "400": OpenAPIAnswers.named("Invalid"), "401": OpenAPIAnswers.named("Unauthorized"),
        "403": OpenAPIAnswers.named("Forbidden"),
        "429": OpenAPIAnswers.named("RateLimited"), "503": OpenAPIAnswers.named("Unavailable"),
    ]

    private static let pageAnswers = readAnswers.merging([
        "200": OpenAPIAnswers.answer("A page.", OpenAPISchemas.schema("BookingPage"), headers: ["Link"])
    ])

    private static let writeAnswers = readAnswers.merging([
        "409": OpenAPIAnswers.named("Conflict"),
        "413": OpenAPIAnswers.named("TooLarge"), "415": OpenAPIAnswers.named("UnsupportedMediaType"),
        "422": OpenAPIAnswers.named("Mismatch"),
    ])

    // MARK: - Parameters

    private static func parameter(_ name: String) -> JSONValue { ["$ref": "#/components/parameters/\(name)"] }

    private static func query(_ name: String, _ schema: JSONValue, _ description: String) -> JSONValue {
        ["name": .string(name), "in": "query", "description": .string(description), "schema": schema]
    }

    private static func header(
        _ name: String, _ description: String, _ schema: JSONValue = OpenAPISchemas.text
    ) -> JSONValue {
        ["name": .string(name), "in": "header", "description": .string(description), "schema": schema]
    }

    private static let pageParameters = ["Page", "Limit", "Cursor", "AsOf"].map(parameter)

    private static let filters: [JSONValue] = [
        query("status", ["type": "array", "items": OpenAPISchemas.schema("BookingStatus")], "Any of these.")
            .merging(["style": "form", "explode": true]),
        query("provider_id", OpenAPISchemas.schema("Identifier"), "Of this provider."),
        query("customer_id", OpenAPISchemas.schema("Subject"), "Of this customer."),
        query("service_id", OpenAPISchemas.schema("Identifier"), "Of this service."),
        query("from", OpenAPISchemas.schema("Timestamp"), "That end after this."),
        query("to", OpenAPISchemas.schema("Timestamp"), "That start before this."),
        query(
            "sort", OpenAPISchemas.names(["start_time", "-start_time", "created_at", "-created_at"]),
            "`start_time` when left out; ties by id, in the same direction."),
    ]

    private static let parameters: JSONValue = [
        "BookingID": [
            "name": "id", "in": "path", "required": true, "description": "What is no UUID is 404.",
            "schema": OpenAPISchemas.schema("Identifier"),
        ],
        "Page": query("page", OpenAPISchemas.integer(1...Int.max).merging(["default": 1]), "The number of the page."),
        "HistoryLimit": query(
            "limit", OpenAPISchemas.integer(1...1000).merging(["default": 1000]), "Entries of a page."),
        "Limit": query("limit", OpenAPISchemas.integer(1...100).merging(["default": 10]), "Rows of a page."),
        "Cursor": query(
            "cursor", OpenAPISchemas.schema("Cursor"),
            "`next_cursor` of the page before; bound to caller, list, filters and sort."),
        "AsOf": query(
            "as_of", OpenAPISchemas.schema("Timestamp"),
            "The instant that divides upcoming from past; the request's own when left out."),
        "IdempotencyKey": header(
            "Idempotency-Key", "The same key and body give the same answer, for 24 hours.",
            ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"]),
        "IfMatch": header("If-Match", "Strong entity tags, or `*`: 412 when none is the booking's."),
        "IfNoneMatch": header("If-None-Match", "304 when one is the booking's."),
        "RequestID": header("X-Request-ID", "1 to 128 visible ASCII characters; else a new one is made."),
    ]
}
