/// Brings a store's schema up to date.
public protocol SchemaMigrator: Sendable {
    /// Every migration that this build knows, in order, with whether it is applied.
    func status() async throws(StoreError) -> [MigrationStatus]

    /// Applies what is pending, up to a number (nil: all), each once however many replicas try.
    func migrate(to number: Int?) async throws(StoreError)
}

public struct MigrationStatus: Hashable, Sendable {
    public let number: Int
    public let name: String
    public let isApplied: Bool

    public init(number: Int, name: String, isApplied: Bool) {
        self.number = number
        self.name = name
        self.isApplied = isApplied
    }
}
