import Bookings

extension SimulationRun {
    /// How long the receivers accept everything before the end of the run.
    private static let settling = Duration.seconds(90)

    /// Sends an owner's request. One that is not answered is sent again to the next replicas, with its key.
    func manage(_ label: String, _ request: WebhookRequest, _ operation: Operation) async throws {
        if case .add(let kind, let isOrdered) = request {
            try await add(label, kind, isOrdered: isOrdered, operation)
        } else if let webhook = history.webhooks.first(where: { $0.label == label && $0.deletedAt == nil }) {
            try await change(webhook, request, operation)
        }
    }

    private func add(_ label: String, _ kind: ReceiverKind, isOrdered: Bool, _ operation: Operation) async throws {
        guard let receivers, let endpoint = await cluster.endpoint(operation.replica),
            let (_, count) = try await logEnd(for: .admin, at: endpoint)
        else { return }
        let url = receivers.add(label, kind)
        let body = #"{"url":"\#(url)","ordering":"\#(isOrdered ? "endpoint" : "booking")"}"#
        guard let answer = await ask("POST", "/webhooks", body, operation), answer.status == 201,
            let json = answer.json, let id = json["id"]?.string, let secret = json["secret"]?.string
        else { return }
        history.webhooks.append(
            History.Webhook(
                label: label, path: "/webhooks/\(id)", provider: json.identifier("provider_id"), isOrdered: isOrdered,
                startPosition: count, addedAt: answer.at, secrets: [.init(text: secret, from: answer.at)]))
    }

    private func change(
        _ webhook: History.Webhook, _ request: WebhookRequest, _ operation: Operation
    ) async throws {
        guard let index = history.webhooks.firstIndex(where: { $0.label == webhook.label }) else { return }
        let now = await cluster.now
        let path = webhook.path
        switch request {
        case .add: break
        case .pause: _ = await ask("PATCH", path, #"{"state":"paused"}"#, operation)
        case .resume: _ = await ask("PATCH", path, #"{"state":"active"}"#, operation)
        case .rotateSecret:
            guard let answer = await ask("POST", "\(path)/rotate-secret", "{}", operation), answer.status == 200,
                let secret = answer.json?["secret"]?.string
            else { return }
            let last = history.webhooks[index].secrets.count - 1
            history.webhooks[index].secrets[last].replacedAt = answer.at
            history.webhooks[index].secrets.append(.init(text: secret, from: answer.at))
        case .replay(let span):
            let from = max(webhook.addedAt, now - .milliseconds(span))
            let answer = await ask("POST", "\(path)/replay", #"{"from":"\#(RFC3339.string(from))"}"#, operation)
            guard let answer, answer.status == 202 else { return }
            history.webhooks[index].replays.append(.init(sequence: answer.sent, from: from))
        case .delete:
            guard let answer = await ask("DELETE", path, nil, operation), answer.status == 204 else { return }
            history.webhooks[index].deletedAt = answer.at
        }
    }

    /// Returns the first answer that a replica gives.
    private func ask(
        _ method: String, _ path: String, _ body: String?, _ operation: Operation
    ) async -> History.Exchange? {
        // With a key the id of a new webhook depends on its URL, and so on the port of this run.
        let hasKey = method == "POST" && path != "/webhooks"
        let headers = hasKey ? [("Idempotency-Key", "webhook-\(operation.name)")] : []
        for offset in 0..<plan.settings.replicas {
            let replica = (operation.replica + offset) % plan.settings.replicas
            guard let endpoint = await cluster.endpoint(replica) else { return nil }
            let answer = await exchange(
                method, path, by: operation.caller, at: endpoint, id: "\(operation.name)/\(offset)", body: body,
                headers: headers, life: await cluster.life(of: endpoint.replica))
            if let status = answer.status, status < 500 { return answer }
        }
        return nil
    }

    // MARK: - The end

    /// Lets every receiver accept everything, and every webhook deliver what it has not delivered yet.
    func settleWebhooks() async throws {
        guard let receivers, !history.webhooks.isEmpty else { return }
        receivers.heal()
        let operation = Operation(name: "settle", caller: .admin, verb: .partition)
        for webhook in history.webhooks where webhook.deletedAt == nil {
            _ = await ask("PATCH", webhook.path, #"{"state":"active"}"#, operation)
        }
        try await advance(to: await cluster.now + Self.settling)
        try await barrier()
    }

    /// Records what the receivers got, and the states of the webhooks.
    func collectWebhooks() async {
        history.webhookDeliveries = receivers?.deliveries ?? []
        let operation = Operation(name: "settled", caller: .admin, verb: .partition)
        for (index, webhook) in history.webhooks.enumerated() where webhook.deletedAt == nil {
            let json = await ask("GET", webhook.path, nil, operation)?.json
            history.webhooks[index].finalState = json?["state"]?.string
            history.webhooks[index].finalLag = json?.integer("lag")
        }
        for webhook in history.webhooks {
            let accepted = history.webhookDeliveries.filter {
                $0.webhook == webhook.label && $0.isEvent && $0.acceptedSequence != nil
            }
            note([
                "accepted": "\(Set(accepted.map(\.event)).count)", "label": webhook.label,
                "state": webhook.finalState ?? "",
            ])
        }
    }
}
