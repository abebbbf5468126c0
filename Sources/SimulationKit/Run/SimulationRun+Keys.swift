import Bookings

extension SimulationRun {
    /// Sends a request with a token that the key has signed, and records whether it opened anything.
    func present(_ key: String, _ operation: Operation) async {
        guard let keyServer, let endpoint = await cluster.endpoint(operation.replica) else { return }
        let token = keyServer.key(key).token(
            subject: participants.subject(of: operation.caller), audience: ReplicaSetup.audience,
            at: await cluster.now)
        let answer = await exchange(
            "GET", "/bookings/upcoming?limit=1", by: operation.caller, at: endpoint, id: operation.name, token: token)
        history.keys.uses.append(
            .init(
                request: operation.name, at: answer.at, replica: endpoint.replica, key: key, status: answer.status))
        note([
            "at": RFC3339.string(answer.at), "key": key, "op": operation.name,
            "status": answer.status.map { "\($0)" } ?? "lost",
        ])
    }

    /// Changes what the key server publishes.
    func publish(_ keys: [String], _ operation: Operation) async {
        keyServer?.publish(keys)
        note(["at": RFC3339.string(await cluster.now), "keys": keys.joined(separator: " "), "op": operation.name])
    }
}
