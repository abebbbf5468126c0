import Bookings

/// The requests by which a test moves the clock of a `ServedCluster`, makes tokens and begins anew.
package struct ControlAPI: Sendable {
    private let cluster: ServedCluster

    package init(_ cluster: ServedCluster) {
        self.cluster = cluster
    }

    /// Answers a request. Wrong ones are answered with a problem (RFC 9457) that names the member.
    package func answer(_ request: ControlServer.Request) async -> ControlServer.Answer {
        do {
            return try await route(request)
        } catch let error as ControlProblem {
            return error.answer
        } catch let error as ServeError {
            return ControlProblem(status: error.status, detail: error.description).answer
        } catch {
            return ControlProblem(status: 503, detail: "\(error)").answer
        }
    }

    private func route(_ request: ControlServer.Request) async throws -> ControlServer.Answer {
        switch (request.method, request.path) {
        case ("GET", "/clock"): return await clock()
        case ("POST", "/clock/advance"): return try await advance(ControlBody(request.body))
        case ("POST", "/tokens"): return try await token(ControlBody(request.body))
        case ("POST", "/reset"):
            try await cluster.reset()
            return await clock()
        case ("GET", "/faults"): return await activeFaults()
        case ("POST", "/faults"): return try await inject(ControlBody(request.body))
        case ("DELETE", let path) where path.hasPrefix("/faults/"):
            try await cluster.repair(String(path.dropFirst("/faults/".count)))
            return await activeFaults()
        case (_, "/clock"), (_, "/clock/advance"), (_, "/tokens"), (_, "/reset"), (_, "/faults"):
            throw ControlProblem(status: 405, detail: "\(request.path) does not take \(request.method)")
        default:
            throw ControlProblem(
                status: 404,
                detail: "there is no \(request.path): GET /clock, POST /clock/advance, /tokens, /reset, /faults")
        }
    }

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
            writer.name("events")
            writer.value(.array(advance.events))
            writer.member("now", RFC3339.string(advance.now))
        }
    }

    private func activeFaults() async -> ControlServer.Answer {
        let names = await cluster.activeFaults
        return .object { writer in
            writer.name("faults")
            writer.value(.array(names.map { .string($0) }))
        }
    }

    /// `{"name":FAULT,"replica":0,"amount":1,"for":"10m"}`; only the name is required.
    private func inject(_ body: ControlBody) async throws -> ControlServer.Answer {
        try body.allow(["name", "replica", "amount", "for"])
        guard let fault = try body.text("name").flatMap({ Fault($0) }) else {
            throw ControlProblem(member: "name", "must be a fault of `simulator list`")
        }
        try await cluster.inject(
            fault, replica: Int(try body.integer("replica") ?? 0), amount: try body.integer("amount"),
            for: try body.span("for"))
        return await activeFaults()
    }

    /// `{"sub":TEXT,"roles":[ROLE],"ttl":"1h","flaw":FLAW,"provider_id":UUID}`; the first two are required.
    private func token(_ body: ControlBody) async throws -> ControlServer.Answer {
        try body.allow(["sub", "roles", "ttl", "flaw", "provider_id"])
        guard let subject = try body.text("sub").flatMap({ Subject($0) }) else {
            throw ControlProblem(member: "sub", "must be a text of 1 to 255 characters")
        }
        let lifetime = try body.span("ttl") ?? .seconds(3600)
        let flaw = try body.text("flaw").map { text in
            guard let flaw = TokenFlaw(rawValue: text) else {
                let names = TokenFlaw.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlProblem(member: "flaw", "must be one of \(names)")
            }
            return flaw
        }
        let provider = try body.text("provider_id").map { text in
            guard let provider = ProviderID(text) else { throw ControlProblem(member: "provider_id", "must be a UUID") }
            return provider
        }
        let token = await cluster.token(
            TokenDraft(
                subject: subject.text, roles: try body.texts("roles"), providerID: provider,
                lifetime: lifetime, audience: ServedCluster.audience, flaw: flaw))
        return .object { $0.member("access_token", token) }
    }
}

/// The JSON object in the body of a request.
private struct ControlBody {
    private let json: JSONValue

    init(_ bytes: [UInt8]) throws {
        guard let json = try? JSONValue.parse(bytes), case .object = json else {
            throw ControlProblem(status: 400, detail: "the body must be a JSON object")
        }
        self.json = json
    }

    /// Rejects members with other names.
    func allow(_ names: Set<String>) throws {
        guard case .object(let members) = json, let unknown = members.first(where: { !names.contains($0.name) }) else {
            return
        }
        throw ControlProblem(member: unknown.name, "is not known: \(names.sorted().joined(separator: ", "))")
    }

    func text(_ name: String) throws -> String? {
        guard let value = json[name] else { return nil }
        guard let text = value.string else { throw ControlProblem(member: name, "must be a string") }
        return text
    }

    /// A span of time with its unit: `90s`, `10m`, `12h`, `1d`.
    func span(_ name: String) throws -> Duration? {
        guard let value = json[name] else { return nil }
        guard let span = value.string.flatMap({ VirtualSpan(argument: $0) }) else {
            throw ControlProblem(member: name, "must be a whole number with a unit: 90s, 10m, 12h, 1d")
        }
        return span.duration
    }

    func integer(_ name: String) throws -> Int64? {
        guard let value = json[name] else { return nil }
        guard case .number(let text) = value, let integer = Int64(text) else {
            throw ControlProblem(member: name, "must be a whole number")
        }
        return integer
    }

    func texts(_ name: String) throws -> [String] {
        guard case .array(let values)? = json[name], values.allSatisfy({ $0.string != nil }) else {
            throw ControlProblem(member: name, "must be an array of strings")
        }
        return values.compactMap(\.string)
    }
}

/// Why a request of the control API fails.
private struct ControlProblem: Error {
    let status: Int
    let detail: String

    init(status: Int, detail: String) {
        self.status = status
        self.detail = detail
    }

    init(member: String, _ reason: String) {
        self.init(status: 400, detail: "\(member) \(reason)")
    }

    var answer: ControlServer.Answer {
        .object(status: status, contentType: "application/problem+json") { writer in
            writer.member("detail", detail)
            writer.name("status")
            writer.integer(status)
        }
    }
}

extension ServeError {
    fileprivate var status: Int {
        switch self {
        case .instantHasPassed, .instantIsTooFar, .noSuchReplica: 400
        case .faultIsNotActive: 404
        case .noReminderWaits, .faultNeedsServices, .faultIsOfRuns: 409
        case .noReplicaAnswers, .noAnswer: 503
        }
    }
}

extension ControlServer.Answer {
    fileprivate static func object(
        status: Int = 200, contentType: String = "application/json", _ members: (inout JSONWriter) -> Void
    ) -> ControlServer.Answer {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return ControlServer.Answer(status: status, contentType: contentType, body: writer.bytes)
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ text: String) {
        self.name(dynamic: name)
        string(text)
    }
}
