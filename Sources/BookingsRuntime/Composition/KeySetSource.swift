import AsyncHTTPClient
import Bookings
import BookingsAuth
import FoundationEssentials
import NIOCore
import Tracing

/// Reads published keys from a file or a URL.
enum KeySetSource {
    /// The size of the largest response in bytes. A set of a few keys has some kilobytes.
    private static let maxSize = 1 << 20
    /// The time for a whole request: connection, head and body.
    private static let timeout = TimeAmount.seconds(5)

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        // The keys come from the configured address or not at all.
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Returns a source that reads the file each time.
    static func file(_ path: String) -> RemoteKeySet.Source {
        {
            guard let data = try? Data(contentsOf: URL(filePath: path)) else {
                throw KeySourceError("the file cannot be read")
            }
            return Array(data)
        }
    }

    /// Returns a source that requests the URL each time. It follows no redirect.
    static func url(_ address: KeySetAddress) -> RemoteKeySet.Source {
        {
            do {
                return try await withTimeout { try await fetch(address) }
            } catch let error as HTTPClientError {
                throw KeySourceError("the request failed: \(error.shortDescription)")
            } catch is NIOTooManyBytesError {
                throw KeySourceError("the response is larger than 1 MiB")
            }
        }
    }

    private static func fetch(_ address: KeySetAddress) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address.url)
        if let credentials = address.credentials {
            request.setBasicAuth(username: credentials.user, password: credentials.password)
        }
        // With a tracer, the client itself adds the fields, with its own span as the parent.
        if ServiceContext.current == nil, let trace = TraceContext.current {
            request.headers.add(name: "traceparent", value: trace.traceparent)
            if let state = trace.state { request.headers.add(name: "tracestate", value: state) }
        }
        let response = try await client.execute(request, deadline: .now() + timeout)
        guard response.status == .ok else {
            throw KeySourceError("the response has the status \(response.status.code)")
        }
        return Array(buffer: try await response.body.collect(upTo: maxSize))
    }

    /// Throws when the work takes longer than the timeout. The deadline of the HTTP client covers the head alone.
    private static func withTimeout(_ work: @escaping @Sendable () async throws -> [UInt8]) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await work() }
            group.addTask {
                let timer = client.eventLoopGroup.any().scheduleTask(in: timeout) { () throws -> [UInt8] in
                    throw KeySourceError("the response was not complete within 5 s")
                }
                return try await withTaskCancellationHandler {
                    try await timer.futureResult.get()
                } onCancel: {
                    timer.cancel()
                }
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
