import Bookings
import Synchronization

/// Generates the ids of Engine.IO sessions and Socket.IO connections.
final class SocketIdentifiers: Sendable {
    private let source: any IdentifierSource
    private let transports = Atomic(0)

    init(_ source: any IdentifierSource) { self.source = source }

    /// The number of the newest transport; 0 before the first.
    var lastTransport: Int { transports.load(ordering: .relaxed) }

    /// Returns the number and the Engine.IO session id of a new transport. The id is a secret.
    func makeTransport() -> (number: Int, id: String) {
        let number = transports.wrappingAdd(1, ordering: .relaxed).newValue
        return (number, Base64URL.encode(source.bits(for: .transportSession, key: "\(number)").bytes))
    }

    /// Returns the Socket.IO id of a transport's n-th socket.
    func makeSocket(transport: Int, count: Int) -> String {
        let key = count == 1 ? "\(transport)" : "\(transport)/\(count)"
        return Base64URL.encode(source.bits(for: .socket, key: key).bytes)
    }
}
