import AsyncHTTPClient
import Bookings
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The connections to one webhook's receiver.
///
/// The host is resolved here, its address checked and then connected to, so that a name whose address changes between
/// check and connection does not help (DNS rebinding). Each connection's own address is checked once more before a
/// request is sent. Redirects are not followed.
package final class EndpointClient: Sendable {
    /// How long an attempt may take, from its beginning to the end of the answer.
    package static let timeout = Duration.seconds(10)
    /// The value of `User-Agent`: the name and the version of the API's description.
    private static let userAgent = "Bookings/1.0.0"
    /// The error of an attempt whose secret cannot be decrypted.
    static let secretLost = "the secret cannot be decrypted with SECRETS_KEY"
    /// How long an address is used before the host is resolved again.
    private static let addressLifetime = Duration.seconds(30)
    /// How much of an answer's body is read, in bytes.
    private static let maximumBody = 4096

    private struct Pinned {
        let address: IPAddress
        let client: HTTPClient
        /// On the clock's elapsed time.
        let resolvedAt: Duration
    }

    private struct State {
        var pinned: Pinned?
        /// The clients of earlier addresses, whose last requests may still be in flight.
        var retired: [Pinned] = []
    }

    /// Why an attempt failed before there was an answer.
    struct Failure: Error {
        let reason: String
    }

    private let url: WebhookURL
    private let rules: WebhookAddressRules
    private let resolve: HostResolver.Resolve
    private let clock: any WallClock
    private let state = Mutex(State())

    /// Creates a client without a connection. `close` must be called.
    package init(
        url: WebhookURL, rules: WebhookAddressRules, resolve: @escaping HostResolver.Resolve, clock: any WallClock
    ) {
        self.url = url
        self.rules = rules
        self.resolve = resolve
        self.clock = clock
    }

    /// Closes all connections.
    package func close() async {
        let clients = state.withLock { state in
            defer { state = State() }
            return ((state.pinned.map { [$0] } ?? []) + state.retired).map(\.client)
        }
        for client in clients { try? await client.shutdown() }
    }

    /// Sends a message, signed with the secrets.
    package func send(_ message: DeliveryMessage, secrets: [[UInt8]]) async -> AttemptResult {
        let start = clock.elapsed()
        func result(_ outcome: AttemptOutcome, status: Int? = nil) -> AttemptResult {
            AttemptResult(outcome: outcome, status: status, latency: clock.elapsed() - start)
        }
        do {
            let answer = try await withTimeout { [self] in
                try await execute(request(for: message, secrets: secrets), by: client())
            }
            return result(outcome(of: answer), status: Int(answer.status.code))
        } catch let failure as Failure {
            return result(.failed(reason: failure.reason))
        } catch is CancellationError {
            return result(.failed(reason: "the service was stopped during the attempt"))
        } catch let error as HTTPClientError {
            return result(.failed(reason: "the request failed: \(error.shortDescription)"))
        } catch {
            return result(.failed(reason: "the connection failed"))
        }
    }

    private func request(for message: DeliveryMessage, secrets: [[UInt8]]) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url.description)
        let (id, timestamp) = (message.id.description, clock.now().milliseconds / 1000)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: Self.userAgent)
        request.headers.add(name: "webhook-id", value: id)
        request.headers.add(name: "webhook-timestamp", value: "\(timestamp)")
        request.headers.add(
            name: "webhook-signature",
            value: WebhookSigner.signature(id: id, timestamp: timestamp, body: message.body, secrets: secrets))
        if let trace = message.trace {
            request.headers.add(name: "traceparent", value: trace.traceparent)
            if let state = trace.state { request.headers.add(name: "tracestate", value: state) }
        }
        request.body = .bytes(ByteBuffer(bytes: message.body))
        return request
    }

    /// The head decides; of the body as much is read as lets the connection be used again.
    private func execute(_ request: HTTPClientRequest, by client: HTTPClient) async throws -> HTTPClientResponse {
        // Longer than an attempt may take, which `withTimeout` ends: of two equal limits either might report.
        let response = try await client.execute(request, timeout: .init(Self.timeout * 2))
        var size = 0
        do {
            for try await part in response.body {
                size += part.readableBytes
                if size > Self.maximumBody { break }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The connection is lost, not the answer.
        }
        return response
    }

    private func outcome(of response: HTTPClientResponse) -> AttemptOutcome {
        let status = Int(response.status.code)
        if (200..<300).contains(status) { return .delivered }
        if status == 410 { return .gone }
        let delay = response.headers.first(name: "retry-after").flatMap { RetryAfter.delay($0, at: clock.now()) }
        return .failed(reason: "the receiver answered \(status)", retryAfter: delay)
    }
}

// MARK: - Addresses

extension EndpointClient {
    /// Returns the client of an address that may be connected to.
    private func client() async throws -> HTTPClient {
        let now = clock.elapsed()
        let known = state.withLock(\.pinned)
        if let known, now - known.resolvedAt < Self.addressLifetime { return known.client }
        let addresses = await resolve(url.host)
        guard let address = addresses.first else { throw Failure(reason: "the host could not be resolved") }
        guard rules.allows(address) else { throw Failure(reason: "the address of the host is not allowed") }
        return pin(address, at: now)
    }

    /// Returns the client of the address, which is used from now on.
    private func pin(_ address: IPAddress, at now: Duration) -> HTTPClient {
        let (client, ended) = state.withLock { state in
            let old = state.pinned
            let isSame = old?.address == address
            let client = isSame ? old?.client ?? makeClient(for: address) : makeClient(for: address)
            state.pinned = Pinned(address: address, client: client, resolvedAt: now)
            let ended = state.retired.filter { now - $0.resolvedAt > Self.timeout * 2 }
            state.retired.removeAll { now - $0.resolvedAt > Self.timeout * 2 }
            if let old, !isSame {
                state.retired.append(Pinned(address: old.address, client: old.client, resolvedAt: now))
            }
            return (client, ended)
        }
        for retired in ended { retired.client.shutdown { _ in } }
        return client
    }

    private func makeClient(for address: IPAddress) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.dnsOverride = [url.host: address.description]
        configuration.httpVersion = .http1Only
        // The span of an attempt is `DeliveryTracing`'s, which also covers the look-up of the host.
        configuration.tracing.tracer = nil
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 8
        // Node.js closes idle connections after five seconds; a request that is on its way then would fail.
        configuration.connectionPool.idleTimeout = .seconds(4)
        configuration.http1_1ConnectionDebugInitializer = { [rules] channel in
            guard let address = channel.remoteAddress?.ip, rules.allows(address) else {
                return channel.eventLoop.makeFailedFuture(Failure(reason: "the address of the host is not allowed"))
            }
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Throws when the work takes longer than an attempt may. The limit of the HTTP client covers the head alone.
    private func withTimeout<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask { [clock] in
                let (ended, continuation) = AsyncStream<Void>.makeStream()
                let timer = clock.schedule(after: Self.timeout) { continuation.finish() }
                defer { timer.cancel() }
                for await _ in ended {}
                try Task.checkCancellation()
                throw Failure(reason: "there was no answer within 10 s")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
