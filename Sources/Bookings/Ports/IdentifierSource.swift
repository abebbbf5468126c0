/// The service's only source of randomness.
///
/// Production draws from the system; the simulator derives the bits from (seed, purpose, key), so that they do not
/// depend on the order in which requests arrive.
package protocol IdentifierSource: Sendable {
    /// `key`: what the bits are for (a request id, a connection's number); production does not look at it.
    func bits(for purpose: RandomPurpose, key: String) -> RandomBits
}

package enum RandomPurpose: String, CaseIterable, Sendable {
    case bookingID
    case requestID
    case transportSession
    case socket
    case secret
    case jitter
}
