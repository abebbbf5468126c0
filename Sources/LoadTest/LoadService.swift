import AsyncHTTPClient
import Bookings
import BookingsAuth
import BookingsRuntime
import FoundationEssentials
import NIOCore
import NIOPosix
import SimulationKit

/// Where a service answers: `http://127.0.0.1:3000`, `https://bookings.example`.
package struct LoadTarget: Hashable, Sendable {
    /// Without a slash at its end.
    package let address: String
    let host: String
    let port: Int
    let isSecure: Bool

    package init?(_ text: String) {
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let url = URL(string: trimmed), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host(percentEncoded: false), !host.isEmpty, url.path().isEmpty, url.query == nil
        else { return nil }
        address = trimmed
        isSecure = scheme == "https"
        self.host = host
        port = url.port ?? (isSecure ? 443 : 80)
    }
}

/// The service under load, as its clients reach it.
package struct LoadService: Sendable {
    struct Answer: Sendable {
        let status: Int
        let bytes: [UInt8]

        var json: JSONValue { (try? JSONValue.parse(bytes)) ?? .null }
    }

    /// It does not answer as it must before a load can begin.
    package struct Unfit: Error, CustomStringConvertible {
        package let description: String
    }

    let target: LoadTarget
    /// How long a client waits for an answer.
    let patience: Duration
    private let client: HTTPClient

    package init(target: LoadTarget, connections: Int, patience: Duration) {
        var configuration = HTTPClient.Configuration()
        // As many as requests under way: one that waits here for a connection is no load on the service.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        configuration.redirectConfiguration = .disallow
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.target = target
        self.patience = patience
    }

    package func shutdown() async throws { try await client.shutdown() }

    func send(_ method: String, _ path: String, token: String? = nil, body: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: target.address + path)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await client.execute(request, timeout: .milliseconds(patience.wholeMilliseconds))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return Answer(status: Int(response.status.code), bytes: Array(buffer: bytes))
    }

    /// The error's own description where it has one for people, else `reason`.
    package static func describe(_ error: any Error) -> String {
        (error as? Unfit)?.description ?? reason(error)
    }

    /// What went wrong, in few words and without ports or addresses, so that like ones count as one.
    package static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case is NIOConnectionError, is IOError: "no connection"
        case let error as LoadSocket.Failure: error.description
        default: "\(type(of: error))"
        }
    }

    // MARK: - Tokens

    /// A token of each provider: made with the secret, else by the service itself, which does so outside production.
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
        guard answer.status == 200, let token = answer.json["access_token"]?.string else {
            throw Unfit(description: "POST /auth/token gives \(answer.status): set JWT_SECRET or --secret.")
        }
        return token
    }
}
