/// A request that the control API answers.
struct ControlRoute: Sendable {
    typealias Handler = @Sendable (ControlAPI, ControlCall) async throws -> ControlServer.Answer

    let method: String
    /// The path as OpenAPI writes it; a segment in braces stands for any.
    let path: String
    /// The query parameters that it takes.
    let parameters: Set<String>
    let handler: Handler

    init(_ method: String, _ path: String, parameters: Set<String> = [], handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.parameters = parameters
        self.handler = handler
    }

    /// Returns the segment that stands for the one in braces, empty when there is none; `nil` when this is another path.
    func match(_ requested: String) -> String? {
        guard let brace = path.firstIndex(of: "{") else { return path == requested ? "" : nil }
        let prefix = path[..<brace]
        let rest = requested.dropFirst(prefix.count)
        guard requested.hasPrefix(prefix), !rest.isEmpty, !rest.contains("/") else { return nil }
        return String(rest)
    }
}

/// A request with what its path names.
struct ControlCall: Sendable {
    let request: ControlServer.Request
    /// The segment of the path that the route leaves open.
    let name: String

    func body() throws -> ControlBody { try ControlBody(request.body) }

    /// Returns a whole number of the query.
    func integer(_ parameter: String, in range: ClosedRange<Int>, otherwise: Int) throws -> Int {
        guard let text = request.query[parameter] else { return otherwise }
        guard let number = Int(text), range.contains(number) else {
            let bound =
                range.upperBound == .max
                ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw ControlProblem(member: parameter, "must be a whole number \(bound)")
        }
        return number
    }
}
