import Bookings

// What has happened so far.

extension ControlAPI {
    static let lookRoutes = [
        ControlRoute("POST", "/check") { api, call in try await api.check(call.request) },
        ControlRoute("GET", "/history", parameters: ["cursor", "limit"]) { api, call in try await api.history(call) },
        ControlRoute("GET", "/events", parameters: ["after", "limit"]) { api, call in try await api.events(call) },
        ControlRoute("GET", "/trace", parameters: ["after", "limit"]) { api, call in try await api.trace(call) },
    ]

    /// Takes no body, or an empty object.
    private func check(_ request: ControlServer.Request) async throws -> ControlServer.Answer {
        if !request.body.isEmpty { try ControlBody(request.body).allow([]) }
        let judgement = try await cluster.check()
        return .object { writer in
            writer.member("bookings", judgement.bookings)
            writer.member("events", judgement.events)
            writer.name("held")
            writer.bool(judgement.verdicts.allSatisfy(\.violations.isEmpty))
            writer.member("now", RFC3339.string(judgement.now))
            writer.member("verdicts", judgement.verdicts.map(\.json))
        }
    }

    private func history(_ call: ControlCall) async throws -> ControlServer.Answer {
        let limit = try call.integer("limit", in: 1...100, otherwise: 50)
        let page = try await cluster.history(after: call.request.query["cursor"], limit: limit)
        return .object { writer in
            writer.member("bookings", page.bookings)
            writer.name("next_cursor")
            writer.string(page.next)
        }
    }

    private func events(_ call: ControlCall) async throws -> ControlServer.Answer {
        let after = try call.integer("after", in: 0...Int.max, otherwise: 0)
        let limit = try call.integer("limit", in: 1...1000, otherwise: 100)
        let page = try await cluster.events(after: after, limit: limit)
        return .object { writer in
            writer.member("events", page.elements.map(\.json))
            writer.member("next", page.next)
            writer.member("oldest", page.oldest)
        }
    }

    private func trace(_ call: ControlCall) async throws -> ControlServer.Answer {
        let after = try call.integer("after", in: 0...Int.max, otherwise: 0)
        let limit = try call.integer("limit", in: 1...1000, otherwise: 1000)
        let page = await cluster.traceLines(after: after, limit: limit)
        return .object { writer in
            writer.member("lines", page.elements.map { .string($0) })
            writer.member("next", page.next)
            writer.member("oldest", page.oldest)
        }
    }
}

extension ServedVerdict {
    fileprivate var json: JSONValue {
        .object(
            [
                JSONMember(name: "invariant", value: .string(checker.name)),
                JSONMember(name: "limit", value: limit.map { .string($0) } ?? .null),
                JSONMember(name: "outcome", value: .string(outcome.rawValue)),
                JSONMember(name: "summary", value: .string(checker.summary)),
                JSONMember(name: "undecided", value: .array(undecided.map { .string($0) })),
                JSONMember(name: "violations", value: .array(violations.map(\.json))),
            ])
    }
}

extension Violation {
    fileprivate var json: JSONValue {
        .object(
            [
                JSONMember(name: "at", value: at.map { .string(RFC3339.string($0)) } ?? .null),
                JSONMember(name: "booking", value: booking.map { .string($0.description) } ?? .null),
                JSONMember(name: "detail", value: .string(detail)),
            ])
    }
}
