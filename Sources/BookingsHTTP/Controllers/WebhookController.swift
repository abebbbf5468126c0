import Bookings
import HTTPTypes

/// The result of the request by which an owner tests a webhook.
package struct WebhookPing: Sendable {
    /// The status of the receiver's answer; `nil` when there was none.
    package let status: Int?
    /// Why the attempt failed; `nil` when it succeeded.
    package let error: String?
    /// From the beginning of the attempt to its end.
    package let latency: Duration

    /// Creates a result.
    package init(status: Int?, error: String?, latency: Duration) {
        self.status = status
        self.error = error
        self.latency = latency
    }
}

/// Manages webhooks for their owners.
package struct WebhookController: Sendable {
    /// Sends a `ping` to a webhook, signed with the secrets.
    package typealias Ping = @Sendable (WebhookEndpoint, _ secrets: [[UInt8]]) async -> WebhookPing

    static let maximumPage = 100

    let webhooks: ManageWebhooks
    let writes: BookingWrites
    let rules: WebhookAddressRules
    let encoder: EventEncoder
    let ping: Ping

    /// Creates a controller.
    ///
    /// - Parameters:
    ///   - writes: Stores the responses to requests with an idempotency key.
    ///   - rules: Which URLs may be used.
    package init(
        webhooks: ManageWebhooks, writes: BookingWrites, rules: WebhookAddressRules, encoder: EventEncoder,
        ping: @escaping Ping
    ) {
        self.webhooks = webhooks
        self.writes = writes
        self.rules = rules
        self.encoder = encoder
        self.ping = ping
    }

    var routes: [Route] {
        [
            Route(.post, "/webhooks") { try await create($0) },
            Route(.get, "/webhooks") { try await list($0) },
            Route(.get, "/webhooks/{id}") { try await get($0) },
            Route(.patch, "/webhooks/{id}") { try await change($0) },
            Route(.delete, "/webhooks/{id}") { try await delete($0) },
            Route(.post, "/webhooks/{id}/rotate-secret") { try await rotateSecret($0) },
            Route(.post, "/webhooks/{id}/replay") { try await replay($0) },
            Route(.post, "/webhooks/{id}/test") { try await test($0) },
            Route(.get, "/webhooks/{id}/deliveries") { try await deliveries($0) },
        ]
    }

    // MARK: - Reads

    /// `GET /webhooks`, by cursor.
    func list(_ context: RequestContext) async throws -> Response {
        let principal = try context.principal()
        try webhooks.requireManager(principal)
        var reader = QueryReader(context.query)
        let limit = reader.integer("limit", in: 1...Self.maximumPage) ?? 20
        let cursorContext = Array("webhooks for \(principal.subject.text)".utf8)
        let start = reader.cursor("cursor") { cursor -> WebhookID? in
            guard let bytes = encoder.cursorCipher.open(cursor, context: cursorContext), bytes.count == 16 else {
                return nil
            }
            return WebhookID(
                high: UInt64(bigEndianBytes: bytes[..<8]), low: UInt64(bigEndianBytes: bytes[8...]))
        }
        try reader.throwErrors()
        let found = try await webhooks.list(after: start, limit: limit + 1, by: principal)
        let page = found.prefix(limit)
        var items: [[UInt8]] = []
        for webhook in page { items.append(try await shown(webhook)) }
        let last = found.count > limit ? page.last : nil
        let next = last.map {
            encoder.cursorCipher.seal(RandomBits(high: $0.id.high, low: $0.id.low).bytes, context: cursorContext)
        }
        return Response(json: WebhookJSON.page(items, limit: limit, nextCursor: next))
    }

    /// `GET /webhooks/{id}`.
    func get(_ context: RequestContext) async throws -> Response {
        let webhook = try await webhooks.get(try id(in: context), by: try context.principal())
        return Response(json: try await shown(webhook))
    }

    private func shown(_ webhook: WebhookEndpoint) async throws(WebhookError) -> [UInt8] {
        WebhookJSON.write(webhook, encoder, lag: try await webhooks.lag(of: webhook))
    }

    /// `GET /webhooks/{id}/deliveries`, the newest first.
    func deliveries(_ context: RequestContext) async throws -> Response {
        let (id, principal) = (try id(in: context), try context.principal())
        try webhooks.requireManager(principal)
        var reader = QueryReader(context.query)
        let limit = reader.integer("limit", in: 1...Self.maximumPage) ?? Self.maximumPage
        let status = reader.string("status")
        if let status, status != "succeeded", status != "failed" {
            reader.addError("status", "status must be succeeded or failed.")
        }
        let cursorContext = Array("deliveries of \(id) for \(principal.subject.text)".utf8)
        let cursor = reader.cursor("cursor") {
            HistoryCursor.open($0, context: cursorContext, with: encoder.cursorCipher)
        }
        try reader.throwErrors()
        let found = try await webhooks.attempts(
            of: id, succeeded: status.map { $0 == "succeeded" }, before: cursor.map { Int64($0.version) },
            limit: limit + 1, by: principal)
        let last = found.count > limit ? found[limit - 1] : nil
        let next = last.map {
            HistoryCursor(version: Int($0.number)).seal(context: cursorContext, with: encoder.cursorCipher)
        }
        return Response(
            json: WebhookJSON.page(found.prefix(limit).map(WebhookJSON.write), limit: limit, nextCursor: next))
    }

    // MARK: - Helpers

    /// Throws 404 for an id that is not a UUID.
    func id(in context: RequestContext) throws(WebhookError) -> WebhookID {
        guard let id = WebhookID(context.parameter) else { throw .notFound }
        return id
    }

    /// Returns the body's reader.
    func reader(_ context: RequestContext, empty: JSONValue? = nil) throws(Problem) -> BodyReader {
        BodyReader(try JSONBody(of: context).parsed(empty: empty, errors: context.idempotencyErrors))
    }

    /// Throws 400 with all errors, if there are any.
    func requireValid(_ reader: BodyReader, _ context: RequestContext) throws(Problem) {
        let errors = context.idempotencyErrors + reader.errors
        guard errors.isEmpty else { throw .validation(errors) }
    }
}
