import AsyncHTTPClient
import Bookings
import NIOCore
import NIOHTTP1

/// The HTTP client of simulated clients and of the load generator.
package struct WebClient: Sendable {
    package struct Answer: Sendable {
        /// `nil` when no answer came.
        package let status: Int?
        package let headers: HTTPHeaders
        package let body: [UInt8]

        static let none = Answer(status: nil, headers: [:], body: [])

        package var text: String { String(decoding: body, as: UTF8.self) }
        /// `nil` when the body is not JSON.
        package var json: JSONValue? { try? JSONValue.parse(body) }
    }

    let client: HTTPClient
    private let timeout: Duration
    private let shutdownOnRelease: ShutdownOnRelease

    /// - Parameters:
    ///   - connections: The most connections to one server at one time.
    ///   - timeout: How long to wait for an answer.
    package init(connections: Int = 64, timeout: Duration = .seconds(20)) {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        // A replica that is down is a result, not something to wait for.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        shutdownOnRelease = ShutdownOnRelease(client: client)
        self.timeout = timeout
    }

    /// Shuts the client down with its last copy: one that is released without that traps, and a run that throws does not
    /// reach `shutdown()`.
    private final class ShutdownOnRelease: Sendable {
        private let client: HTTPClient
        init(client: HTTPClient) { self.client = client }
        deinit { client.shutdown { _ in } }
    }

    /// Sends a request, and returns an answer without a status when none came.
    func send(
        _ method: String, _ url: String, token: String?, requestID: String? = nil, body: String? = nil,
        headers: [(String, String)] = [], timeout: Duration? = nil
    ) async -> Answer {
        let answer = try? await execute(
            method, url, token: token, requestID: requestID, body: body, headers: headers, timeout: timeout)
        return answer ?? .none
    }

    /// Sends a request, and throws why no answer came.
    ///
    /// - Parameter timeout: How long to wait for an answer; `nil` for as long as the client waits for any.
    package func execute(
        _ method: String, _ url: String, token: String?, requestID: String? = nil, body: String? = nil,
        headers: [(String, String)] = [], timeout: Duration? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let requestID { request.headers.add(name: "X-Request-ID", value: requestID) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        request.headers.add(contentsOf: headers)
        let response = try await client.execute(
            request, timeout: .milliseconds((timeout ?? self.timeout).wholeMilliseconds))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return Answer(status: Int(response.status.code), headers: response.headers, body: Array(buffer: bytes))
    }

    package func shutdown() async { try? await client.shutdown() }
}
