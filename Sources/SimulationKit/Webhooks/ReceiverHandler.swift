import Bookings
import NIOCore
import NIOHTTP1

/// A request to a receiver.
struct ReceiverRequest {
    let head: HTTPRequestHead
    let body: String

    func delivery(from replica: Int, at now: Timestamp, sequence: Int) -> History.WebhookDelivery {
        let path = head.uri.split(separator: "/").map(String.init)
        func header(_ name: String) -> String { head.headers.first(name: name) ?? "" }
        return History.WebhookDelivery(
            webhook: path.first ?? "", isToOwnPath: path.count == 1 && head.method == .POST, replica: replica,
            event: header("webhook-id"), name: (try? JSONValue.parse(body.utf8))?["name"]?.string ?? "",
            timestamp: Int64(header("webhook-timestamp")), signature: header("webhook-signature"), body: body,
            receivedAt: now, sequence: sequence)
    }
}

/// Collects the requests of one connection.
final class ReceiverHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let receivers: WebhookReceivers
    private let replica: Int
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(receivers: WebhookReceivers, replica: Int) {
        self.receivers = receivers
        self.replica = replica
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, ByteBuffer())
        case .body(var part): body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            receivers.receive(
                ReceiverRequest(head: head, body: String(buffer: body)), from: replica, on: context.channel)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { receivers.closed(context.channel) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
