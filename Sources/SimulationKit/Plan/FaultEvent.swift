/// One injection or repair of a fault, as a plan holds it. What it does is defined by the fault of that name.
package struct FaultEvent: Codable, Hashable, Sendable {
    package enum Phase: String, Codable, Sendable {
        /// The fault is injected.
        case begin
        /// The fault is repaired.
        case heal
        /// Like `heal`, for a replica that is down; a running replica keeps what is armed.
        case healIfDown = "heal-if-down"
    }

    /// The name of the fault in the registry.
    package let fault: String
    package let phase: Phase
    package let target: FaultTarget
    /// The fault's one number, if it has one: a hit count, milliseconds, bytes or times, as the fault documents.
    package var amount: Int64?
}

/// What a fault acts on.
package enum FaultTarget: Codable, Hashable, Sendable {
    case replica(Int)
    /// The connection of a client's Socket.IO socket, by the socket's name.
    case socket(String)
    case redis
    case postgres
    case keyServer
    /// The receivers of all webhooks.
    case receivers

    /// What a target is, as a message names it.
    enum Kind: String, Sendable {
        case replica, socket, redis, postgres, receivers
        case keyServer = "key-server"
    }

    /// The number of the replica.
    ///
    /// - Precondition: The target is a replica.
    package var replica: Int {
        guard case .replica(let number) = self else { preconditionFailure("The fault acts on a replica.") }
        return number
    }

    /// The name of the socket.
    ///
    /// - Precondition: The target is a socket.
    package var socket: String {
        guard case .socket(let name) = self else { preconditionFailure("The fault acts on a socket.") }
        return name
    }
}
