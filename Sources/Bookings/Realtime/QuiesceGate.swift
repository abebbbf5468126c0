import Atomics
import NIOCore
import NIOExtras
import NIOHTTP1

/// Sees to it that a connection ends when the server does, also one that has not said yet what it is to be.
///
/// Before its first request nothing is lost by closing it. Afterwards the HTTP handlers know when to; they are told
/// late when the event comes while they are being put in.
final class QuiesceGate: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    /// Whether somebody serves the connection, or nobody ever will: one that arrives while the server closes its door
    /// may be handed to nobody, or too late. It is decided once, so that no request is done whose answer finds its
    /// connection closed.
    private enum Service: Int, AtomicValue { case open, served, refused }

    private let service = ManagedAtomic(Service.open)
    private var hasRequest = false
    private var isQuiescing = false

    /// To be called on any thread, before the connection is served. False: it is not to be.
    var serve: @Sendable () -> Bool {
        { [service] in
            service.compareExchange(expected: .open, desired: .served, ordering: .sequentiallyConsistent).exchanged
        }
    }

    /// Whether the connection is served: its requests may be done.
    var isServed: Bool { service.load(ordering: .sequentiallyConsistent) == .served }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasRequest = true
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isQuiescing = true
        let isRefused = service.compareExchange(
            expected: .open, desired: .refused, ordering: .sequentiallyConsistent
        ).exchanged
        if hasRequest, !isRefused {
            context.fireUserInboundEventTriggered(event)
        } else {
            context.close(promise: nil)
        }
    }

    /// The HTTP handlers are in place, and will have the first request at the end of this turn of the loop.
    func becameHTTP(on channel: any Channel) {
        guard isQuiescing else { return }
        channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }
}
