import Bookings

/// The address is not to be had: a name that nobody knows, or a port that somebody has.
package struct CannotListen: Error, CustomStringConvertible {
    package let description: String

    init(_ configuration: ServiceConfiguration, because cause: any Error) {
        description =
            "HOST and PORT take an address that is free to listen on: \(configuration.host), port \(configuration.port): \(cause)."
    }
}
