/// The only source of randomness.
///
/// Production draws from the system. The simulator derives the bits from its seed, the purpose and the key, so that they
/// do not depend on the order in which requests arrive.
package protocol IdentifierSource: Sendable {
    /// Returns random bits.
    ///
    /// - Parameter key: What the bits are for, such as a request id or a connection's number. Production ignores it.
    func bits(for purpose: RandomPurpose, key: String) -> RandomBits
}

/// What random bits are used for.
package enum RandomPurpose: String, CaseIterable, Sendable {
    case bookingID
    case requestID
    case trace
    case transportSession
    case socket
    case secret
    case jitter
}
