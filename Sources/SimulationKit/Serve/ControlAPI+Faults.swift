import Bookings

extension ControlAPI {
    static let faultRoutes = [
        ControlRoute("GET", "/faults") { api, _ in await api.activeFaults() },
        ControlRoute("POST", "/faults") { api, call in try await api.inject(call.body()) },
        ControlRoute("DELETE", "/faults/{name}") { api, call in
            try await api.cluster.repair(call.name)
            return await api.activeFaults()
        },
    ]

    private func activeFaults() async -> ControlServer.Answer {
        let names = await cluster.activeFaults
        let known = Fault.all.map { fault in
            JSONValue.object([
                JSONMember(name: "name", value: .string(fault.name)),
                JSONMember(
                    name: "refusal", value: cluster.refusal(of: fault).map { .string($0.description) } ?? .null),
                JSONMember(name: "summary", value: .string(fault.summary)),
            ])
        }
        return .object { writer in
            writer.member("faults", names.map { .string($0) })
            writer.member("known", known)
        }
    }

    /// `{"name":FAULT,"replica":0,"amount":1,"for":"10m"}`; only the name is required.
    private func inject(_ body: ControlBody) async throws -> ControlServer.Answer {
        try body.allow(["name", "replica", "amount", "for"])
        guard let fault = try body.text("name").flatMap({ Fault($0) }) else {
            throw ControlProblem(member: "name", "must be a fault of `simulator list`")
        }
        let amount = try body.integer("amount")
        if let amount, amount < 0, fault.name != Fault.clockStep.name {
            throw ControlProblem(member: "amount", "must not be negative")
        }
        try await cluster.inject(
            fault, replica: Int(try body.integer("replica") ?? 0), amount: amount, for: try body.span("for"))
        return await activeFaults()
    }
}
