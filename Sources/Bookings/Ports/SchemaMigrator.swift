/// Brings a store's schema up to date.
package protocol SchemaMigrator: Sendable {
    /// Every migration that this build knows, in order, with whether it is applied.
    func status() async throws(StoreError) -> [MigrationStatus]

    /// Applies what is pending, up to a number (nil: all), each once however many replicas try.
    func migrate(to number: Int?) async throws(StoreError)
}

package struct MigrationStatus: Hashable, Sendable {
    package let number: Int
    package let name: String
    package let isApplied: Bool

    package init(number: Int, name: String, isApplied: Bool) {
        self.number = number
        self.name = name
        self.isApplied = isApplied
    }
}
