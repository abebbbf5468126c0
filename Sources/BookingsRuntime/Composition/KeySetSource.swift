import AsyncHTTPClient
import Bookings
import BookingsAuth
import FoundationEssentials
import NIOCore

/// Where published keys are read.
enum KeySetSource {
    /// A set of a few keys takes some kilobytes.
    private static let largest = 1 << 20
    /// For the whole answer: connection, head and body.
    private static let patience = TimeAmount.seconds(5)

    static func file(_ path: String) -> RemoteKeySet.Source {
        {
            guard let data = try? Data(contentsOf: URL(filePath: path)) else {
                throw KeySourceError("the file cannot be read")
            }
            return Array(data)
        }
    }

    /// Follows no redirect: the keys come from the configured place or not at all.
    static func url(_ address: KeySetAddress) -> RemoteKeySet.Source {
        {
            do {
                return try await within(patience) { try await fetch(address) }
            } catch let error as HTTPClientError {
                throw KeySourceError("the request failed: \(error.shortDescription)")
            } catch is NIOTooManyBytesError {
                throw KeySourceError("the answer is larger than 1 MiB")
            }
        }
    }

    private static func fetch(_ address: KeySetAddress) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address.url)
        if let credentials = address.credentials {
            request.setBasicAuth(username: credentials.user, password: credentials.password)
        }
        let response = try await client.execute(request, deadline: .now() + patience)
        guard response.status == .ok else { throw KeySourceError("it was answered by status \(response.status.code)") }
        return Array(buffer: try await response.body.collect(upTo: largest))
    }

    /// The library's own deadline ends with the head.
    private static func within(
        _ limit: TimeAmount, _ work: @escaping @Sendable () async throws -> [UInt8]
    ) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await work() }
            group.addTask {
                let timer = client.eventLoopGroup.any().scheduleTask(in: limit) { () throws -> [UInt8] in
                    throw KeySourceError("the answer did not come whole within 5 s")
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

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

/// `JWT_JWKS_URL`: where a set is, and the user and password that the URL may hold.
struct KeySetAddress: Hashable, Sendable {
    struct Credentials: Hashable, Sendable {
        let user: String
        let password: String
    }

    static let form = "http[s]://[user:password@]host[:port][/path], user and password percent-encoded"

    /// Without user and password.
    let url: String
    let credentials: Credentials?

    /// Nil for what is not of the form.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) })
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, let place = parts.last, Self.isPlace(place) else { return nil }
        url = scheme + place + rest.dropFirst(authority.count)
        if parts.count == 2 {
            let words = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = PercentEncoding.decode(words[0]),
                let password = PercentEncoding.decode(words.count > 1 ? words[1] : "")
            else { return nil }
            credentials = Credentials(user: user, password: password)
        } else {
            credentials = nil
        }
    }

    /// A name, an IPv4 address, or an IPv6 address in brackets; and a port.
    private static func isPlace(_ text: Substring) -> Bool {
        var host = text
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            guard let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port) else { return false }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        return !host.isEmpty && host.allSatisfy { $0.isLetter || $0.isNumber || "-._".contains($0) }
    }
}
