/// The address is not to be had: a name that nobody knows, or a port that somebody has.
public struct CannotListen: Error, CustomStringConvertible {
    public let description: String

    init(_ configuration: ServiceConfiguration, because cause: any Error) {
        description =
            "HOST and PORT take an address that is free to listen on: \(configuration.host), port \(configuration.port): \(cause)."
    }
}
