/// How a shared service (Redis) stands, for `/health`.
public enum SharedServiceStatus: Sendable {
    /// None is configured: its work is done in this process.
    case inProcess
    case up
    /// The reason may be shown to anyone.
    case down(reason: String)
}

public protocol SharedServiceProbe: Sendable {
    func status() async -> SharedServiceStatus
}
