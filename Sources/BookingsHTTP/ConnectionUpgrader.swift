import HTTPTypes
import NIOCore

/// Decides which requests become WebSockets, and handles those.
package protocol ConnectionUpgrader: Sendable {
    /// Returns the fields of the `101` response; `nil` if the request is to be answered without an upgrade.
    func accepts(_ head: HTTPRequest) -> HTTPFields?
    /// Adds the handlers of the WebSocket to the channel's pipeline, after `handler`.
    func install(for head: HTTPRequest, behind handler: any ChannelHandler, on channel: any Channel) throws
}
