import NIOCore
import NIOSSL
import SimulationKit

/// The URL of a service under load, and what every request to it has.
package struct LoadTarget: Sendable, Codable, CustomStringConvertible {
    let address: Address
    /// The path in front of the service's own, such as `/api`, without a slash at its end.
    let prefix: String
    /// Header fields that every request has besides its own.
    package var headers: [LoadHeader] = []
    /// Whether any certificate is accepted.
    package var isInsecure = false

    /// Parses `http://HOST[:PORT][/PREFIX]` or the same with `https`; `nil` for anything else.
    package init?(argument: String) {
        guard let scheme = argument.firstRange(of: "://") else { return nil }
        let slash = argument[scheme.upperBound...].firstIndex(of: "/") ?? argument.endIndex
        guard let address = Address(url: String(argument[..<slash])) else { return nil }
        let path = argument[slash...]
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else { return nil }
        self.address = address
        prefix = String(path.hasSuffix("/") ? path.dropLast() : path)
    }

    package var description: String { address.url + prefix }

    /// The context of TLS connections; `nil` without TLS.
    func tlsContext() throws -> NIOSSLContext? {
        guard address.isSecure else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if isInsecure { configuration.certificateVerification = .none }
        return try NIOSSLContext(configuration: configuration)
    }

    /// The name that a certificate is checked for; `nil` for an IP address, which SNI does not allow.
    var serverName: String? {
        (try? SocketAddress(ipAddress: address.host, port: 0)) == nil ? address.host : nil
    }
}

/// A header field of the command line: `Name: value`.
package struct LoadHeader: Hashable, Sendable, Codable, CustomStringConvertible {
    let name: String
    let value: String

    /// `nil` without a colon, for a name that is no token (RFC 9110, section 5.6.2), for control characters, and for the
    /// fields that the load generator writes itself.
    package init?(argument: String) {
        guard let colon = argument.firstIndex(of: ":") else { return nil }
        name = String(argument[..<colon])
        let rest = argument[argument.index(after: colon)...]
        value = String(rest.drop { $0 == " " })
        let own = ["host", "content-length", "transfer-encoding", "authorization", "content-type", "connection"]
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte), !own.contains(name.lowercased()),
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { return nil }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    package var description: String { "\(name): \(value)" }
}
