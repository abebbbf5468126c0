import AsyncHTTPClient
import NIOCore
import NIOSSL

/// Asks the server at `HOST` and `PORT` of this machine whether it is ready, as the health check of a container does.
package struct HealthProbe: Sendable {
    /// How long the server may take to answer. A probe of the stores takes up to 2 s.
    private static let timeout = TimeAmount.seconds(5)

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // The certificate names the service for its clients, not this machine's loopback address.
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.certificateVerification = .none
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The URL that is requested.
    package let url: String

    /// Creates a probe for a server with this configuration.
    ///
    /// An address that stands for all addresses of the machine (`0.0.0.0`, `::`) is asked by the loopback address.
    package init(of configuration: ServiceConfiguration) {
        let host =
            switch configuration.host {
            case "0.0.0.0", "": "127.0.0.1"
            case "::": "[::1]"
            case let host where host.contains(":"): "[\(host)]"
            case let host: host
            }
        let scheme = configuration.tlsFiles == nil ? "http" : "https"
        url = "\(scheme)://\(host):\(configuration.port)/health/ready"
    }

    /// What the server answered.
    package enum Outcome: Sendable {
        /// It accepts requests, and its schema is complete.
        case ready
        /// It is not ready, or there is no answer; the reason is for people.
        case notReady(reason: String)
    }

    /// Sends the request. Follows no redirect and uses no proxy.
    package func run() async -> Outcome {
        do {
            let response = try await Self.client.execute(HTTPClientRequest(url: url), timeout: Self.timeout)
            return response.status == .ok
                ? .ready : .notReady(reason: "the response has the status \(response.status.code)")
        } catch {
            return .notReady(reason: "no answer: \(error)")
        }
    }
}
