import Bookings
import BookingsHTTP

/// Checks requests and responses against the OpenAPI document of the service.
package struct OpenAPIConformance: Sendable {
    /// A request and its response.
    package struct Exchange {
        /// The method, in upper case.
        package let method: String
        /// With or without a query.
        package let path: String
        /// The body of the request; `nil` means none.
        package let requestBody: [UInt8]?
        package let status: Int
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        package init(
            method: String, path: String, requestBody: [UInt8]?, status: Int,
            headers: [(name: String, value: String)], body: [UInt8]
        ) {
            self.method = method
            self.path = path
            self.requestBody = requestBody
            self.status = status
            self.headers = headers
            self.body = body
        }

        fileprivate func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name }?.value
        }
    }

    /// Headers that need no description, since HTTP or browsers define them.
    package static let undescribedHeaders: Set<String> = [
        "content-type", "content-length", "content-security-policy", "vary", "date", "connection", "transfer-encoding",
    ]
    /// Paths that the document leaves out: the test page, and Socket.IO, which has a protocol of its own.
    private static let others: Set<String> = ["/", "/socket.io/"]

    /// Checks against the document that the service serves.
    package static let shared: OpenAPIConformance = {
        guard let document = try? JSONValue.parse(DocumentController.openAPIDocument) else {
            preconditionFailure("The OpenAPI document is not valid JSON.")
        }
        return OpenAPIConformance(document: document)
    }()

    private let document: JSONValue
    private let schema: JSONSchema

    package init(document: JSONValue) {
        self.document = document
        schema = JSONSchema(document: document)
    }

    /// The operations of the document, in the form `GET /bookings/{id}`.
    package var operations: Set<String> {
        Set(
            Self.members(document["paths"]).flatMap { path in
                Self.members(path.value).map { "\($0.name.uppercased()) \(path.name)" }
            })
    }

    /// Returns what the document does not allow in this exchange; none when it conforms.
    package func violations(_ exchange: Exchange) -> [String] {
        let path = String(exchange.path.prefix { $0 != "?" })
        guard !Self.others.contains(path), exchange.method != "OPTIONS" else { return [] }
        let method = exchange.method == "HEAD" ? "get" : exchange.method.lowercased()
        guard let operations = operations(at: path) else { return problemViolations(exchange, [404]) }
        guard let operation = operations[method] else { return problemViolations(exchange, [405]) }
        if exchange.status == 404, exchange.path.hasPrefix("/auth/") { return [] }
        guard let response = operation["responses"]?["\(exchange.status)"].map(schema.resolve) else {
            return ["status \(exchange.status) is not described"]
        }
        var violations = headerViolations(exchange, response) + bodyViolations(exchange, response["content"])
        // The body of a GET has no meaning (RFC 9110, 9.3.1).
        if method != "get", (200..<300).contains(exchange.status), let body = exchange.requestBody, !body.isEmpty {
            let content = operation["requestBody"]?["content"]?["application/json"]?["schema"]
            violations += content.map { valueViolations(body, $0) } ?? ["a body is not described"]
        }
        return violations
    }

    /// What the document says of the responses of an operation with one status.
    package struct ResponseDescription: Sendable {
        /// The names of the described headers, in lower case.
        package let headers: Set<String>
        /// The schema of the body by media type; empty when the response has no body.
        package let schemas: [String: JSONValue]
    }

    /// Returns the description of a response; `nil` when the document has no such operation or no such status.
    ///
    /// - Parameters:
    ///   - method: The method, in upper case.
    ///   - path: The path without a query.
    package func description(method: String, path: String, status: Int) -> ResponseDescription? {
        let operation = operations(at: path)?[method == "HEAD" ? "get" : method.lowercased()]
        guard let response = operation?["responses"]?["\(status)"].map(schema.resolve) else { return nil }
        let content = Self.members(response["content"]).map { ($0.name, $0.value["schema"] ?? .null) }
        return ResponseDescription(
            headers: Set(Self.members(response["headers"]).map { $0.name.lowercased() }),
            schemas: Dictionary(content, uniquingKeysWith: { first, _ in first }))
    }

    /// Returns the violations of a schema of the document.
    package func violations(_ value: JSONValue, schema rule: JSONValue) -> [String] { schema.violations(value, rule) }

    /// Returns the violations of a schema that the document names.
    package func violations(_ value: JSONValue, component name: String) -> [String] {
        schema.violations(
            value, .object([JSONMember(name: "$ref", value: .string("#/components/schemas/\(name)"))]))
    }

    private func operations(at path: String) -> JSONValue? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let paths = Self.members(document["paths"])
        if let exact = paths.first(where: { $0.name == path }) { return exact.value }
        return paths.first { template in
            let parts = template.name.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == segments.count
                && zip(parts, segments).allSatisfy { part, segment in
                    part == segment || part.hasPrefix("{") && !segment.isEmpty
                }
        }?.value
    }

    private func problemViolations(_ exchange: Exchange, _ statuses: [Int]) -> [String] {
        guard statuses.contains(exchange.status) else { return ["status \(exchange.status) is not described"] }
        if exchange.method == "HEAD" { return [] }
        return valueViolations(
            exchange.body, .object([JSONMember(name: "$ref", value: .string("#/components/schemas/Problem"))]))
    }

    private func headerViolations(_ exchange: Exchange, _ response: JSONValue) -> [String] {
        let described = Self.members(response["headers"])
        let values = exchange.headers.flatMap { header -> [String] in
            let name = header.name.lowercased()
            if Self.undescribedHeaders.contains(name) || name.hasPrefix("access-control-") { return [] }
            guard let rule = described.first(where: { $0.name.lowercased() == name }) else {
                return ["the header \(name) is not described"]
            }
            return schema.violations(.string(header.value), schema.resolve(rule.value)["schema"] ?? .null, at: name)
        }
        let missing = ["x-request-id", "cache-control"].filter { exchange.header($0) == nil }
        return values + missing.map { "the header \($0) is missing" }
    }

    private func bodyViolations(_ exchange: Exchange, _ content: JSONValue?) -> [String] {
        if exchange.method == "HEAD" { return [] }
        guard let content else { return exchange.body.isEmpty ? [] : ["a body is not described"] }
        let type = String((exchange.header("content-type") ?? "").prefix { $0 != ";" })
        guard let media = content[type] else { return ["the media type \(type) is not described"] }
        return type.hasSuffix("json") ? valueViolations(exchange.body, media["schema"] ?? .null) : []
    }

    private func valueViolations(_ bytes: [UInt8], _ rule: JSONValue) -> [String] {
        guard let value = try? JSONValue.parse(bytes) else { return ["the body is not valid JSON"] }
        return schema.violations(value, rule)
    }

    private static func members(_ value: JSONValue?) -> [JSONMember] {
        if case .object(let members)? = value { members } else { [] }
    }
}
