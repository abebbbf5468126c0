import Bookings

extension SimulationRun {
    /// The origin of the customers' pages: an allowed one, as a browser sends it.
    private static let origin = "http://localhost:3001"

    private var browserOrigin: String {
        guard target != nil, let origins = ProcessEnvironment.value("FRONTEND_URL") else { return Self.origin }
        return origins.split(separator: ",").first.map(String.init) ?? Self.origin
    }

    /// Sends a request, and records it with its whole answer.
    ///
    /// - Parameters:
    ///   - caller: Whose token is sent; `nil` for none. Customers send the origin of their page besides.
    ///   - id: The request id; `nil` for one that the service makes.
    ///   - token: Sent instead of the caller's.
    ///   - life: The life of the replica. The last answer of a life that dies is taken as lost; `nil` to take any answer.
    func exchange(
        _ method: String, _ target: String, by caller: Caller?, at endpoint: Cluster.Endpoint, id: String?,
        token: String? = nil, body: String? = nil, headers: [(String, String)] = [], life: Int? = nil
    ) async -> History.Exchange {
        let headers = headers + (caller?.role == .customer ? [("Origin", browserOrigin)] : [])
        let at = await cluster.now
        let sent = recorder.next()
        var answer = await web.send(
            method, endpoint.address.url + target, token: token ?? caller.map(participants.token), requestID: id,
            body: body, headers: headers)
        if let life, await cluster.diesOfAnswering(endpoint.replica, life: life) { answer = .none }
        let exchange = History.Exchange(
            request: id, caller: caller, replica: endpoint.replica, method: method, target: target,
            requestHeaders: headers.map { History.HeaderField($0.0, $0.1) }, sent: sent, answered: recorder.next(),
            at: at, answeredAt: await cluster.now, status: answer.status,
            headers: answer.headers.map { History.HeaderField($0.name, $0.value) }, body: answer.text)
        history.exchanges.append(exchange)
        return exchange
    }
}

extension SimulationRun {
    /// Reads a probe or the metrics of a replica, without a token. The answer is recorded and no part of the trace.
    func probe(_ path: String, _ operation: Operation) async {
        guard let endpoint = await cluster.endpoint(operation.replica) else { return }
        _ = await exchange("GET", path, by: nil, at: endpoint, id: operation.name)
    }

    /// Reads the metrics of every replica, after the run.
    func readMetrics() async {
        for number in 0..<plan.settings.replicas {
            guard let endpoint = await cluster.endpoint(number), endpoint.replica == number else { continue }
            _ = await exchange("GET", "/metrics", by: nil, at: endpoint, id: nil)
        }
    }
}

extension Plan {
    /// How far the clocks of the service may differ from the time of the run.
    fileprivate static let toleranceOfClocks = Duration.seconds(1)

    /// Zero unless the replicas have clocks of their own.
    var clockTolerance: Duration {
        settings.world == .remote || hasWrongClocks ? Self.toleranceOfClocks : .zero
    }
}
