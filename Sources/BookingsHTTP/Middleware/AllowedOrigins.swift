import Bookings

/// The browser origins that may use the service from their pages: `FRONTEND_URL`, for HTTP and Socket.IO alike.
package struct AllowedOrigins: Sendable {
    private let serialized: Set<ByteString>

    /// What is no origin allows nothing.
    package init(_ origins: some Sequence<String>) {
        serialized = Set(origins.compactMap { Origin($0)?.serialized })
    }

    /// By bytes: browsers write an origin in one way.
    package func allow(header: String) -> Bool { serialized.contains(ByteString(header)) }
}
