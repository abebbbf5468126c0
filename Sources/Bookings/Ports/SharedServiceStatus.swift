/// How a shared service (Redis) stands, for `/health`.
public enum SharedServiceStatus: Sendable {
    /// None is configured: its work is done in this process.
    case inProcess
    case up
    case down
}

public protocol SharedServiceProbe: Sendable {
    func status() async -> SharedServiceStatus
}
