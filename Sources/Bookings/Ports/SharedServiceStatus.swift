/// How a shared service (Redis) stands, for `/health`.
package enum SharedServiceStatus: Sendable {
    /// None is configured: its work is done in this process.
    case inProcess
    case up
    /// The reason may be shown to anyone.
    case down(reason: String)
}

package protocol SharedServiceProbe: Sendable {
    func status() async -> SharedServiceStatus
}
