import Bookings

/// Why the service does not start.
package enum StartupError: Error, Hashable, CustomStringConvertible, Sendable {
    /// A variable of the configuration cannot be used. The message begins with the variable's name.
    case invalidConfiguration(String)
    /// These migrations are not applied, and the configuration forbids to apply them now. A migration is named by its number.
    case pendingMigrations([String])
    /// The address cannot be listened on: the host has no address here, or the port is in use.
    case cannotListen(host: String, port: Int, reason: String)

    /// A sentence that names what to change.
    package var description: String {
        switch self {
        case .invalidConfiguration(let message):
            message
        case .pendingMigrations(let names):
            "Migrations are pending (\(names.joined(separator: ", "))): "
                + "run `BookingsServer migrate`, or set MIGRATE_ON_START=on."
        case .cannotListen(let host, let port, let reason):
            "HOST and PORT must be an address that is free to listen on: \(host), port \(port): \(reason)."
        }
    }
}
