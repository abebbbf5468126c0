import HTTPTypes
import NIOCore

/// Decides which requests become WebSockets, and what carries them on.
package protocol ConnectionUpgrader: Sendable {
    /// The fields of the `101` answer; nil: the request is answered as one that asks for no other protocol.
    func accepts(_ head: HTTPRequest) -> HTTPFields?
    /// Puts the handlers of the WebSocket behind `handler`.
    func install(for head: HTTPRequest, behind handler: any ChannelHandler, on channel: any Channel) throws
}
