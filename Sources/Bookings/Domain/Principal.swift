/// A role that grants rights. Other roles of a token are ignored.
package enum Role: String, CaseIterable, Hashable, Comparable, Sendable {
    case customer
    case provider
    case admin

    package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}

/// The authenticated caller of a request, from a verified token.
package struct Principal: Hashable, Sendable {
    /// The claim `sub`.
    package let subject: Subject
    /// The roles that the service knows.
    package let roles: Set<Role>
    /// The provider that the caller is; `nil` without the role provider, and when neither a claim nor the subject names
    /// one.
    package let providerID: ProviderID?
    /// The claim `exp`. Requests are accepted for a leeway after it; sockets and streams end at it.
    package let expiresAt: Timestamp

    /// Creates a principal; without the role provider, `providerID` is ignored.
    package init(subject: Subject, roles: Set<Role>, providerID: ProviderID?, expiresAt: Timestamp) {
        self.subject = subject
        self.roles = roles
        self.providerID = roles.contains(.provider) ? providerID : nil
        self.expiresAt = expiresAt
    }
}

/// What customers may do (`CUSTOMER_ACCESS`).
package enum CustomerAccess: String, CaseIterable, Sendable {
    /// Create bookings.
    case create
    /// Also read and cancel their own.
    case own
}

/// The set of bookings that a caller may see: all, or the union of a provider's and a customer's.
package struct BookingScope: Hashable, Sendable {
    /// Whether the scope has all bookings; then the other members are `nil`.
    package let everything: Bool
    /// The provider whose bookings it has.
    package let provider: ProviderID?
    /// The customer whose bookings it has.
    package let customer: Subject?

    /// Creates a scope, which is empty without arguments.
    package init(everything: Bool = false, provider: ProviderID? = nil, customer: Subject? = nil) {
        self.everything = everything
        self.provider = everything ? nil : provider
        self.customer = everything ? nil : customer
    }

    /// The scope of all bookings.
    package static let all = BookingScope(everything: true)

    /// Whether the scope can have no booking.
    package var isEmpty: Bool { !everything && provider == nil && customer == nil }

    /// Returns whether the booking belongs to the scope.
    package func contains(_ booking: Booking) -> Bool {
        everything || provider == booking.providerID || (customer != nil && customer == booking.customerID)
    }
}

// MARK: - Rights, as the table of the API contract has them

extension Principal {
    /// Returns the bookings that the caller may read over REST, or `nil` when its roles allow none (403).
    package func readScope(_ access: CustomerAccess) -> BookingScope? {
        let customer = roles.contains(.customer) && access == .own ? subject : nil
        let scope = BookingScope(everything: roles.contains(.admin), provider: providerID, customer: customer)
        return scope.isEmpty ? nil : scope
    }

    /// The bookings whose events the caller receives, or `nil` when its roles allow none (403).
    package var eventScope: BookingScope? {
        let customer = roles.contains(.customer) ? subject : nil
        let scope = BookingScope(everything: roles.contains(.admin), provider: providerID, customer: customer)
        return scope.isEmpty ? nil : scope
    }

    /// Whether the caller could create any booking, whatever its members.
    package var mayCreate: Bool { eventScope != nil }

    /// Returns whether the caller may create a booking.
    ///
    /// - Parameters:
    ///   - provider: The provider of the booking.
    ///   - named: The customer that the request names; `nil` when it names none.
    package func mayCreate(with provider: ProviderID, for named: Subject?) -> Bool {
        if roles.contains(.admin) || providerID == provider { return true }
        return roles.contains(.customer) && (named == nil || named == subject)
    }

    /// Returns the customer of a booking that the caller creates, or `nil` for none.
    ///
    /// - Parameter named: The customer that the request names; `nil` when it names none.
    package func customer(named: Subject?) -> Subject? {
        named ?? (roles.contains(.customer) ? subject : nil)
    }

    /// Returns the bookings to which the caller may apply the action, or `nil` when its roles allow none (403).
    ///
    /// The only action of customers is cancel, and that with `CUSTOMER_ACCESS=own`.
    package func actionScope(_ action: ActionName, _ access: CustomerAccess) -> BookingScope? {
        let asCustomer = roles.contains(.customer) && access == .own && action == .cancel
        let scope = BookingScope(
            everything: roles.contains(.admin), provider: providerID, customer: asCustomer ? subject : nil)
        return scope.isEmpty ? nil : scope
    }
}
