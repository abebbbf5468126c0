import Bookings

/// The requests by which a test moves the clock of a `ServedCluster`, makes tokens, injects faults, looks and begins anew.
package struct ControlAPI: Sendable {
    let cluster: ServedCluster

    package init(_ cluster: ServedCluster) {
        self.cluster = cluster
    }

    /// Every request, in the order of the documentation.
    static let routes = clockRoutes + faultRoutes + lookRoutes + documentRoutes

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
        let matches = Self.routes.compactMap { route in route.match(request.path).map { (route, $0) } }
        guard let (route, name) = matches.first(where: { $0.0.method == request.method }) else {
            guard matches.isEmpty else {
                throw ControlProblem(status: 405, detail: "\(request.path) does not take \(request.method)")
            }
            let known = Self.routes.map { "\($0.method) \($0.path)" }.joined(separator: ", ")
            throw ControlProblem(status: 404, detail: "there is no \(request.path): \(known)")
        }
        if let unknown = request.query.keys.sorted().first(where: { !route.parameters.contains($0) }) {
            throw ControlProblem(member: unknown, "is no query parameter of \(route.path)")
        }
        return try await route.handler(self, ControlCall(request: request, name: name))
    }
}
