import Bookings
import HTTPTypes
import NIOCore

// The requests that change webhooks.
extension WebhookController {
    /// `POST /webhooks`.
    func create(_ context: RequestContext) async throws -> Response {
        let principal = try context.principal()
        try webhooks.requireManager(principal)
        var reader = try reader(context)
        let url = reader.webhookURL(isRequired: true, rules)
        let events = reader.eventNames()
        let provider: ProviderID? = reader.identifier("provider_id", isRequired: false)
        let ordering = reader.choice("ordering", as: WebhookOrdering.self)
        reader.finish()
        if let earlier = try await earlierResponse(to: context) { return earlier }
        try requireValid(reader, context)
        guard let url else { throw Problem.validation(reader.errors) }
        let new = NewWebhook(
            url: url, events: events ?? [], providerID: provider, ordering: ordering ?? .booking)
        let added = try await webhooks.add(new, by: principal, for: context.idempotentRequest)
        return try await respond(to: context, with: added, .created, location: "/webhooks/\(added.id)")
    }

    /// `PATCH /webhooks/{id}`.
    func change(_ context: RequestContext) async throws -> Response {
        let (id, principal) = (try id(in: context), try context.principal())
        _ = try await webhooks.get(id, by: principal)
        var reader = try reader(context)
        let url = reader.webhookURL(isRequired: false, rules)
        let events = reader.eventNames()
        let state = reader.choice("state", as: WebhookState.self, of: [.active, .paused])
        reader.finish()
        try requireValid(reader, context)
        let webhook = try await webhooks.change(id, by: principal) { webhook in
            if let url { webhook.url = url }
            if let events { webhook.events = events }
            if let state { webhook.state = state }
        }
        return Response(json: WebhookJSON.write(webhook, encoder, lag: try await webhooks.lag(of: webhook)))
    }

    /// `DELETE /webhooks/{id}`.
    func delete(_ context: RequestContext) async throws -> Response {
        try await webhooks.delete(try id(in: context), by: try context.principal())
        return Response(status: .noContent, headers: [.cacheControl: CacheControl.personal])
    }

    /// `POST /webhooks/{id}/rotate-secret`.
    func rotateSecret(_ context: RequestContext) async throws -> Response {
        let (id, principal) = (try id(in: context), try context.principal())
        _ = try await webhooks.get(id, by: principal)
        var reader = try reader(context, empty: .object([]))
        reader.finish()
        if let earlier = try await earlierResponse(to: context) { return earlier }
        try requireValid(reader, context)
        return try await respond(to: context, with: try await webhooks.rotateSecret(of: id, by: principal), .ok)
    }

    /// `POST /webhooks/{id}/replay`.
    func replay(_ context: RequestContext) async throws -> Response {
        let (id, principal) = (try id(in: context), try context.principal())
        _ = try await webhooks.get(id, by: principal)
        var reader = try reader(context)
        let start = reader.replayStart(encoder.cursorCipher)
        reader.finish()
        if let earlier = try await earlierResponse(to: context) { return earlier }
        try requireValid(reader, context)
        guard let start else { throw Problem.validation(reader.errors) }
        let webhook = try await webhooks.replay(id, from: start, by: principal)
        let answer = StoredAnswer(
            status: 202, contentType: "application/json", etag: nil, location: nil,
            body: WebhookJSON.write(webhook, encoder, lag: try await webhooks.lag(of: webhook)))
        return try await keep(answer, for: context)
    }

    /// `POST /webhooks/{id}/test`. It stores no response: each request sends a `ping`.
    func test(_ context: RequestContext) async throws -> Response {
        let webhook = try await webhooks.get(try id(in: context), by: try context.principal())
        var reader = try reader(context, empty: .object([]))
        reader.finish()
        try requireValid(reader, context)
        let result = await TraceContext.$current.withValue(context.trace) {
            await ping(webhook, webhooks.secrets(of: webhook))
        }
        return Response { writer in
            writer.name("error")
            writer.string(result.error)
            writer.name("latency_ms")
            writer.integer(result.latency.wholeMilliseconds)
            writer.name("status")
            if let status = result.status { writer.integer(status) } else { writer.null() }
        }
    }

    // MARK: - Idempotency

    /// Returns the stored response to an earlier request with the same key and body.
    ///
    /// A secret is stored in the form in which the webhook has it, so that it is encrypted there, too.
    private func earlierResponse(to context: RequestContext) async throws -> Response? {
        guard let request = context.idempotentRequest, let answer = try await writes.earlierAnswer(to: request) else {
            return nil
        }
        return revealed(answer, isReplay: true)
    }

    /// Stores the response and returns it, with the secret.
    private func respond(
        to context: RequestContext, with webhook: WebhookEndpoint, _ status: HTTPResponse.Status,
        location: String? = nil
    ) async throws -> Response {
        let answer = StoredAnswer(
            status: status.code, contentType: "application/json", etag: nil, location: location,
            body: WebhookJSON.write(webhook, encoder, secret: Base64URL.encode(webhook.secret)))
        return try await keep(answer, for: context)
    }

    private func keep(_ answer: StoredAnswer, for context: RequestContext) async throws -> Response {
        guard let request = context.idempotentRequest else { return revealed(answer, isReplay: false) }
        let kept = try await writes.keep(answer, to: request)
        return revealed(kept, isReplay: kept != answer)
    }

    /// Returns the response with the secret as its owner gets it.
    private func revealed(_ answer: StoredAnswer, isReplay: Bool) -> Response {
        guard let body = try? JSONValue.parse(answer.body), let stored = body["secret"]?.string,
            let id = body["id"]?.string.flatMap({ WebhookID($0) }), let bytes = Base64URL.decode(stored),
            let secret = webhooks.secretText(bytes, of: id)
        else { return answer.response(isReplay: isReplay) }
        let text = String(decoding: answer.body, as: UTF8.self).replacing(#""\#(stored)""#, with: #""\#(secret)""#)
        let shown = StoredAnswer(
            status: answer.status, contentType: answer.contentType, etag: answer.etag, location: answer.location,
            body: Array(text.utf8))
        var response = shown.response(isReplay: isReplay)
        response.headers[.cacheControl] = CacheControl.none
        return response
    }
}
