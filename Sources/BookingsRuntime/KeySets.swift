import AsyncHTTPClient
import Bookings
import FoundationEssentials
import NIOCore

/// Where published keys are read.
enum KeySets {
    /// A set of a few keys takes some kilobytes.
    private static let largest = 1 << 20

    static func file(_ path: String) -> KeyRing.Source {
        { Array(try Data(contentsOf: URL(filePath: path))) }
    }

    /// Follows no redirect: the keys come from the configured place or not at all.
    static func url(_ url: String) -> KeyRing.Source {
        {
            let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
            guard response.status == .ok else { throw NotServed(status: response.status.code) }
            return Array(buffer: try await response.body.collect(upTo: largest))
        }
    }

    struct NotServed: Error, CustomStringConvertible {
        let status: UInt

        var description: String { "it was answered by status \(status)" }
    }

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}
