import Bookings

/// The web origins whose pages may use the service (`FRONTEND_URL`), over HTTP and Socket.IO.
package struct AllowedOrigins: Sendable {
    private let serialized: Set<ByteString>

    /// Strings that are not valid origins are ignored.
    package init(_ origins: some Sequence<String>) {
        serialized = Set(origins.compactMap { Origin($0)?.serialized })
    }

    /// Returns whether the value of an `Origin` header is allowed. Browsers serialize an origin in exactly one way, so
    /// bytes are compared.
    package func allow(header: String) -> Bool { serialized.contains(ByteString(header)) }
}
