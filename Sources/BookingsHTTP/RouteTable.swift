import Bookings
import HTTPTypes

/// The path of a request, and the route that it matches. A class, because a request is copied on its way.
package final class RequestTarget: Sendable {
    /// Without the query; escapes of unreserved characters are decoded.
    let path: String
    let match: RouteTable.Match

    init(path: String, match: RouteTable.Match) {
        self.path = path
        self.match = match
    }
}

/// Finds the route of a request. Templates without a parameter take precedence.
package struct RouteTable: Sendable {
    /// The result of a lookup.
    package enum Match: Sendable {
        /// `parameter` is the value of the template's parameter; empty if it has none.
        case route(Route, parameter: String)
        /// The path exists, but not with this method. `allowedMethods` is sorted.
        case methodNotAllowed(template: String, allowedMethods: [String])
        case notFound
    }

    private let fixed: [ByteString: [Route]]
    private let parameterized: [(prefix: [UInt8], suffix: [UInt8], routes: [Route])]

    /// Indexes the routes. A method and template must occur once.
    package init(_ routes: [Route]) {
        let byTemplate = Dictionary(grouping: routes) { ByteString($0.template) }
        fixed = byTemplate.filter { !$0.key.text.contains("{") }
        parameterized = byTemplate.filter { $0.key.text.contains("{") }
            .sorted { $0.key < $1.key }
            .map { template, routes in
                let prefix = template.text.prefix { $0 != "{" }
                let suffix = template.text.drop { $0 != "}" }.dropFirst()
                return (Array(prefix.utf8), Array(suffix.utf8), routes)
            }
    }

    /// Returns the route of a method and a path without a query. HEAD matches the routes of GET.
    ///
    /// Compares bytes instead of characters because it runs for every request.
    package func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        if let routes = fixed[ByteString(path)] { return select(method, from: routes, parameter: "") }
        var path = path
        return path.withUTF8 { bytes in
            for (prefix, suffix, routes) in parameterized {
                guard bytes.count > prefix.count + suffix.count, bytes.prefix(prefix.count).elementsEqual(prefix),
                    bytes.suffix(suffix.count).elementsEqual(suffix)
                else { continue }
                let parameter = bytes[prefix.count..<bytes.count - suffix.count]
                if parameter.contains(UInt8(ascii: "/")) { continue }
                return select(method, from: routes, parameter: String(decoding: parameter, as: UTF8.self))
            }
            return .notFound
        }
    }

    private func select(_ method: HTTPRequest.Method, from routes: [Route], parameter: String) -> Match {
        let requested = method == .head ? .get : method
        if let route = routes.first(where: { $0.method == requested }) { return .route(route, parameter: parameter) }
        let methods = Set(routes.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.rawValue] })
        return .methodNotAllowed(template: routes[0].template, allowedMethods: methods.sorted())
    }
}
