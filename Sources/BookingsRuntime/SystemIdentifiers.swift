import Bookings

/// Random bits from the operating system's generator.
public struct SystemIdentifiers: IdentifierSource {
    public init() {}

    public func bits(for purpose: RandomPurpose, key: String) -> RandomBits {
        var generator = SystemRandomNumberGenerator()
        return RandomBits(high: generator.next(), low: generator.next())
    }
}
