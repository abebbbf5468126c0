import Bookings

// The clock, tokens and the new beginning.

extension ControlAPI {
    static let clockRoutes = [
        ControlRoute("GET", "/clock") { api, _ in await api.clock() },
        ControlRoute("POST", "/clock/advance") { api, call in try await api.advance(call.body()) },
        ControlRoute("POST", "/tokens") { api, call in try await api.token(call.body()) },
        ControlRoute("POST", "/reset") { api, _ in
            try await api.cluster.reset()
            return await api.clock()
        },
    ]

    private func clock() async -> ControlServer.Answer {
        let now = await cluster.now
        return .object { $0.member("now", RFC3339.string(now)) }
    }

    /// `{"by":"10m"}`, `{"to":TIME}` or `{"until":"next-reminder"}`.
    private func advance(_ body: ControlBody) async throws -> ControlServer.Answer {
        try body.allow(["by", "to", "until"])
        let advance: ServedCluster.Advance
        switch (try body.span("by"), try body.text("to"), try body.text("until")) {
        case (let span?, nil, nil):
            advance = try await cluster.advance(by: span)
        case (nil, let instant?, nil):
            guard let instant = RFC3339.parse(instant) else {
                throw ControlProblem(member: "to", "must be an instant of RFC 3339: 2030-03-29T06:10:00Z")
            }
            advance = try await cluster.advance(to: instant)
        case (nil, nil, "next-reminder"): advance = try await cluster.advanceToNextReminder()
        case (nil, nil, .some): throw ControlProblem(member: "until", "must be next-reminder")
        default: throw ControlProblem(status: 400, detail: "the body must have one of by, to and until")
        }
        return .object { writer in
            writer.member("events", advance.events)
            writer.member("now", RFC3339.string(advance.now))
        }
    }

    /// `{"sub":TEXT,"roles":[ROLE],"ttl":"1h","flaw":FLAW,"provider_id":UUID}`; the first two are required.
    private func token(_ body: ControlBody) async throws -> ControlServer.Answer {
        try body.allow(["sub", "roles", "ttl", "flaw", "provider_id"])
        guard let subject = try body.text("sub").flatMap({ Subject($0) }) else {
            throw ControlProblem(member: "sub", "must be a text of 1 to 255 characters")
        }
        let provider = try body.text("provider_id").map { text in
            guard let provider = ProviderID(text) else { throw ControlProblem(member: "provider_id", "must be a UUID") }
            return provider
        }
        let token = await cluster.token(
            TokenDraft(
                subject: subject.text, roles: try body.texts("roles"), providerID: provider,
                lifetime: try body.span("ttl") ?? .seconds(3600), audience: ServedCluster.audience,
                flaw: try flaw(body)))
        return .object { $0.member("access_token", token) }
    }

    private func flaw(_ body: ControlBody) throws -> TokenFlaw? {
        try body.text("flaw").map { text in
            guard let flaw = TokenFlaw(rawValue: text) else {
                let names = TokenFlaw.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlProblem(member: "flaw", "must be one of \(names)")
            }
            return flaw
        }
    }
}
