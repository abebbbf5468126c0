import Bookings

/// The client that executes an operation.
package enum Caller: Hashable, Sendable {
    case admin
    /// By the index of the customer.
    case customer(Int)
    /// By the index of the provider.
    case provider(Int)
    /// The environment, which injects faults.
    case world

    /// The role in the client's token; `nil` for the environment.
    package var role: Role? {
        switch self {
        case .admin: .admin
        case .customer: .customer
        case .provider: .provider
        case .world: nil
        }
    }
}

/// `admin`, `customer-3`, `provider-2`, `world`.
extension Caller: LosslessStringConvertible {
    /// Parses a name; returns `nil` when it names no caller.
    package init?(_ description: String) {
        let parts = description.split(separator: "-", maxSplits: 1)
        let index = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts.first, index) {
        case ("admin", nil): self = .admin
        case ("world", nil): self = .world
        case ("customer", let index?): self = .customer(index)
        case ("provider", let index?): self = .provider(index)
        default: return nil
        }
    }

    /// The name.
    package var description: String {
        switch self {
        case .admin: "admin"
        case .customer(let index): "customer-\(index)"
        case .provider(let index): "provider-\(index)"
        case .world: "world"
        }
    }
}

/// A caller as a string.
extension Caller: Codable {
    package init(from decoder: any Decoder) throws { self = try decoder.parse { Self($0) } }
    package func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}
