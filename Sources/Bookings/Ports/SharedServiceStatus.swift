/// The state of a shared service (Redis), for `/health`.
package enum SharedServiceStatus: Sendable {
    /// None is configured; this process does its work.
    case inProcess
    case up
    /// The service fails. The reason is public.
    case down(reason: String)
}

/// Reports the state of a shared service.
package protocol SharedServiceProbe: Sendable {
    func status() async -> SharedServiceStatus
}
