import NIOCore

/// The network that a client connects from: an IPv4 address, or the first 64 bits of an IPv6 address, since one subscriber
/// usually has all addresses with these bits.
struct ClientNetwork: Hashable, Sendable {
    private let bytes: [UInt8]

    /// `address`: an IP address; all clients whose address is `nil` or invalid share one network.
    init(_ address: String?) {
        guard let address, let parsed = try? SocketAddress(ipAddress: address, port: 0) else {
            bytes = []
            return
        }
        switch parsed {
        case .v4(let address): bytes = withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            let all = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let isMapped = all.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
            bytes = isMapped ? Array(all.suffix(4)) : Array(all.prefix(8))
        case .unixDomainSocket: bytes = []
        }
    }
}
