/// A role that counts. Tokens may hold others, which are ignored.
package enum Role: String, CaseIterable, Hashable, Comparable, Sendable {
    case customer
    case provider
    case admin

    package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}

/// Who asks, as a verified token says.
package struct Principal: Hashable, Sendable {
    package let subject: Subject
    package let roles: Set<Role>
    /// Nil when the role provider is not held, or neither a claim nor the subject names a provider.
    package let providerID: ProviderID?
    /// The token's `exp`. Requests have a leeway beyond it; sockets and streams have none.
    package let expiresAt: Timestamp

    package init(subject: Subject, roles: Set<Role>, providerID: ProviderID?, expiresAt: Timestamp) {
        self.subject = subject
        self.roles = roles
        self.providerID = roles.contains(.provider) ? providerID : nil
        self.expiresAt = expiresAt
    }
}

/// What a customer may do besides create: `CUSTOMER_ACCESS`.
package enum CustomerAccess: String, CaseIterable, Sendable {
    case create
    case own
}

/// The bookings that a caller may see: the union of its parts.
package struct BookingScope: Hashable, Sendable {
    package let everything: Bool
    package let provider: ProviderID?
    package let customer: Subject?

    package init(everything: Bool = false, provider: ProviderID? = nil, customer: Subject? = nil) {
        self.everything = everything
        self.provider = everything ? nil : provider
        self.customer = everything ? nil : customer
    }

    package static let all = BookingScope(everything: true)

    package var isEmpty: Bool { !everything && provider == nil && customer == nil }

    package func contains(_ booking: Booking) -> Bool {
        everything || provider == booking.providerID || (customer != nil && customer == booking.customerID)
    }
}

// MARK: - The table of rights in the contract

extension Principal {
    /// The bookings whose REST routes answer this caller; nil: the caller's roles open none of them (403).
    package func readScope(_ access: CustomerAccess) -> BookingScope? {
        let customer = roles.contains(.customer) && access == .own ? subject : nil
        let scope = BookingScope(everything: roles.contains(.admin), provider: providerID, customer: customer)
        return scope.isEmpty ? nil : scope
    }

    /// The bookings whose events reach this caller; nil: none (403).
    package var eventScope: BookingScope? {
        let customer = roles.contains(.customer) ? subject : nil
        let scope = BookingScope(everything: roles.contains(.admin), provider: providerID, customer: customer)
        return scope.isEmpty ? nil : scope
    }

    /// Whether any booking at all could be created by this caller.
    package var mayCreate: Bool { eventScope != nil }

    /// Whether this caller may create a booking with this provider, for the customer it names (nil: names none).
    package func mayCreate(with provider: ProviderID, for named: Subject?) -> Bool {
        if roles.contains(.admin) || providerID == provider { return true }
        return roles.contains(.customer) && (named == nil || named == subject)
    }

    /// The customer of a booking that this caller creates.
    package func customer(named: Subject?) -> Subject? {
        named ?? (roles.contains(.customer) ? subject : nil)
    }

    /// The bookings on which this caller may act so; nil: the caller's roles open none (403).
    ///
    /// Of the actions a customer has cancel alone, and that only with `CUSTOMER_ACCESS=own`.
    package func actionScope(_ action: ActionName, _ access: CustomerAccess) -> BookingScope? {
        let asCustomer = roles.contains(.customer) && access == .own && action == .cancel
        let scope = BookingScope(
            everything: roles.contains(.admin), provider: providerID, customer: asCustomer ? subject : nil)
        return scope.isEmpty ? nil : scope
    }
}
