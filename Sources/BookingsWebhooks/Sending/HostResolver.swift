import Bookings
import NIOCore
import NIOPosix

/// Finds the addresses of hosts, on threads of its own: the system's resolver blocks.
package struct HostResolver: Sendable {
    /// Returns the addresses of a host, in the order in which they are to be tried; empty when there are none.
    package typealias Resolve = @Sendable (_ host: String) async -> [IPAddress]

    /// The threads of all resolvers. Their number bounds how many slow look-ups run at once.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    /// Resolves as the system does, with every notation of a number that it accepts (`127.1`, `0x7f000001`, …).
    package static let system: Resolve = { host in
        let addresses = try? await threads.runIfActive {
            // A port that is not zero, because no lookup of services is wanted.
            try SocketAddress.makeAddressResolvingHost(host, port: 443)
        }
        return addresses.flatMap(\.ip).map { [$0] } ?? []
    }
}

extension SocketAddress {
    /// The IP address; `nil` for a Unix socket.
    var ip: IPAddress? {
        switch self {
        case .v4(let address):
            withUnsafeBytes(of: address.address.sin_addr) { IPAddress(bytes: Array($0)) }
        case .v6(let address):
            withUnsafeBytes(of: address.address.sin6_addr) { IPAddress(bytes: Array($0)) }
        case .unixDomainSocket: nil
        }
    }
}
