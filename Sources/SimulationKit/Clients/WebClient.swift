import AsyncHTTPClient
import Bookings
import NIOCore
import NIOHTTP1

/// Sends requests to replicas on this machine.
struct WebClient: Sendable {
    struct Answer: Sendable {
        /// Nil: none came.
        let status: Int?
        let headers: HTTPHeaders
        let text: String

        static let none = Answer(status: nil, headers: [:], text: "")
    }

    private let client: HTTPClient

    init() {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func send(
        _ method: String, _ url: String, token: String?, requestID: String? = nil, body: String? = nil,
        headers: [(String, String)] = []
    ) async -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let requestID { request.headers.add(name: "X-Request-ID", value: requestID) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        request.headers.add(contentsOf: headers)
        do {
            let response = try await client.execute(request, timeout: .seconds(20))
            let bytes = try await response.body.collect(upTo: 1 << 24)
            return Answer(
                status: Int(response.status.code), headers: response.headers, text: String(buffer: bytes))
        } catch {
            return .none
        }
    }

    func shutdown() async { try? await client.shutdown() }
}
