import AsyncHTTPClient
import Bookings
import BookingsAuth
import BookingsRuntime
import NIOCore
import NIOPosix
import SimulationKit

/// The service under load, as its clients reach it.
package struct LoadService: Sendable {
    /// The service did not answer the requests that prepare the load.
    package struct Unusable: Error, CustomStringConvertible {
        package let description: String
    }

    let target: Address
    /// How long a client waits for a response.
    let timeout: Duration
    private let client: WebClient

    /// - Parameter connections: As many as requests may be in flight: one that waits here for a connection is no load on
    ///   the service.
    package init(target: Address, connections: Int, timeout: Duration) {
        self.target = target
        self.timeout = timeout
        client = WebClient(connections: connections, timeout: timeout)
    }

    package func shutdown() async { await client.shutdown() }

    func send(
        _ method: String, _ path: String, token: String? = nil, body: String? = nil
    ) async throws -> WebClient.Answer {
        try await client.execute(method, target.url + path, token: token, body: body)
    }

    /// The message for an operator.
    package static func describe(_ error: any Error) -> String {
        (error as? Unusable)?.description ?? reason(error)
    }

    /// Returns a short name of an error, without ports or addresses, so that equal errors are counted together.
    package static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case is NIOConnectionError, is IOError: "no connection"
        case let error as SocketClient.Failure: error.description
        default: "\(type(of: error))"
        }
    }

    // MARK: - Tokens

    /// Returns a token for each provider: signed with the secret, or without one issued by the service, which does so
    /// outside production.
    func tokens(of providers: [ProviderID], secret: String?, lifetime: Duration) async throws -> [String] {
        guard let secret else {
            var tokens: [String] = []
            for provider in providers { tokens.append(try await token(of: provider, lifetime: lifetime)) }
            return tokens
        }
        let issuer = TokenIssuer(
            secret: Array(secret.utf8), issuer: ProcessEnvironment.value("JWT_ISSUER"),
            audience: ProcessEnvironment.value("JWT_AUDIENCE"), clock: SystemClock())
        return providers.compactMap { provider in
            Subject(provider.description).map {
                issuer.token(subject: $0, roles: [Role.provider.rawValue], lifetime: lifetime)
            }
        }
    }

    private func token(of provider: ProviderID, lifetime: Duration) async throws -> String {
        let seconds = lifetime.wholeMilliseconds / 1000
        let answer = try await send(
            "POST", "/auth/token", body: #"{"sub":"\#(provider)","roles":["provider"],"ttl_seconds":\#(seconds)}"#)
        guard answer.status == 200, let token = answer.json?["access_token"]?.string else {
            throw Unusable(
                description: "POST /auth/token was answered by \(answer.status ?? 0): set JWT_SECRET or --secret")
        }
        return token
    }
}
