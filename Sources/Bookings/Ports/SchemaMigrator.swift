/// Brings a store's schema up to date.
package protocol SchemaMigrator: Sendable {
    /// Returns the state of every migration that this build contains, in order, and of the functions, if there are any.
    func status() async throws(StoreError) -> [MigrationStatus]

    /// Applies what is pending, once, however many replicas try at the same time.
    ///
    /// - Parameter number: The last migration to apply; `nil` for all.
    /// - Throws: `StoreError.corrupt` when a migration was applied in another form.
    func migrate(to number: Int?) async throws(StoreError)
}

/// The state of one migration in a store.
package struct MigrationStatus: Hashable, Sendable {
    /// Ordered by how far the schema has come.
    package enum State: Comparable, Sendable {
        /// It is not applied; the service cannot start.
        case pending
        /// Functions of another release are applied. They are compatible; migrating replaces them.
        case outdated
        case applied
    }

    /// The migration's number; `nil` for the functions.
    package let number: Int?
    /// A short description of what the migration brings.
    package let name: String
    /// How far the store has come with it.
    package let state: State

    /// Whether the service can run with the schema as it is.
    package var isApplied: Bool { state != .pending }

    package init(number: Int?, name: String, state: State) {
        self.number = number
        self.name = name
        self.state = state
    }
}
