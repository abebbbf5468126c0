import Bookings
import HTTPTypes
import HummingbirdCore

/// Who may come in before a route looks at rights.
package enum Access: Sendable {
    case everyone
    case bearer
}

/// One line of the route table.
package struct Route: Sendable {
    package typealias Handler = @Sendable (RequestContext, Principal?) async throws -> Response

    package let method: HTTPRequest.Method
    /// `/bookings/{id}`: at most one parameter, which is the whole of its segment.
    package let template: String
    package let access: Access
    /// How its requests are taken in before the handler is called.
    package let intake: @Sendable (HTTPRequest) -> RequestIntake
    package let handler: Handler

    package init(
        method: HTTPRequest.Method, template: String, access: Access,
        intake: @escaping @Sendable (HTTPRequest) -> RequestIntake = { _ in RequestIntake() },
        handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.access = access
        self.intake = intake
        self.handler = handler
    }

    /// Whether it is served on connections beyond the limit.
    package var isProbe: Bool { template.hasPrefix("/health") || template == "/metrics" }

    /// The route as it answers whoever comes while the service cannot: 503. What is open to everyone stays.
    package var closed: Route {
        guard access == .bearer else { return self }
        return Route(method: method, template: template, access: .everyone, intake: intake) { _, _ in
            throw BookingError.unavailable(.unavailable("Migrations are pending."))
        }
    }
}

/// Finds the route of a request. Fixed segments go before parameters.
package struct RouteTable: Sendable {
    package enum Finding {
        case found(Route, parameter: String)
        /// The methods that the path knows.
        case otherMethod(template: String, allow: [String])
        case unknown
    }

    private let fixed: [ByteString: [Route]]
    private let parameterized: [(before: String, after: String, routes: [Route])]

    package init(_ routes: [Route]) {
        let byTemplate = Dictionary(grouping: routes) { ByteString($0.template) }
        fixed = byTemplate.filter { !$0.key.text.contains("{") }
        parameterized = byTemplate.filter { $0.key.text.contains("{") }
            .sorted { $0.key < $1.key }
            .map { template, routes in
                let before = template.text.prefix { $0 != "{" }
                let after = template.text.drop { $0 != "}" }.dropFirst()
                return (String(before), String(after), routes)
            }
    }

    /// Looks at bytes, not at characters: it runs for every request.
    package func find(_ method: HTTPRequest.Method, _ path: String) -> Finding {
        if let routes = fixed[ByteString(path)] { return choose(method, routes, parameter: "") }
        let bytes = path.utf8
        for (before, after, routes) in parameterized {
            guard bytes.count > before.utf8.count + after.utf8.count, bytes.starts(with: before.utf8),
                bytes.suffix(after.utf8.count).elementsEqual(after.utf8)
            else { continue }
            let parameter = bytes.dropFirst(before.utf8.count).dropLast(after.utf8.count)
            if !parameter.contains(UInt8(ascii: "/")) {
                return choose(method, routes, parameter: String(Substring(parameter)))
            }
        }
        return .unknown
    }

    private func choose(_ method: HTTPRequest.Method, _ routes: [Route], parameter: String) -> Finding {
        let wanted = method == .head ? .get : method
        if let route = routes.first(where: { $0.method == wanted }) { return .found(route, parameter: parameter) }
        let methods = Set(routes.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.rawValue] })
        return .otherMethod(template: routes[0].template, allow: methods.sorted())
    }
}
