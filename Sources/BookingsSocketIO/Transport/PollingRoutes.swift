import Bookings
import BookingsHTTP
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The requests of Engine.IO that do not become a WebSocket: long-polling, and whatever is refused.
package func pollingRoutes(_ gateway: SocketGateway) -> [Route] {
    let methods: [HTTPRequest.Method] = [.get, .post, .put, .delete, .patch, .options]
    return methods.map { method in
        Route(method, Handshake.path, access: .everyone, intake: { intake(of: $0, method, gateway) }) { context in
            await serve(context, method, gateway)
        }
    }
}

/// A POST of a session is known to it from its head on: two at once end it.
private func intake(of head: HTTPRequest, _ method: HTTPRequest.Method, _ gateway: SocketGateway) -> RequestIntake {
    var intake = RequestIntake(bodyLimit: gateway.options.maxPayload, waitsForEvents: method == .get)
    guard method == .post, case .polling(let session?)? = try? purpose(of: head, gateway),
        let transport = gateway.polling(session)
    else { return intake }
    intake.bodyBegan = { transport.bodyBegan() }
    intake.bodyAborted = { transport.bodyAborted() }
    return intake
}

private func purpose(
    of head: HTTPRequest, _ gateway: SocketGateway
) throws(Handshake.Refusal) -> Handshake.Purpose {
    try gateway.handshake.purpose(
        query: head.path?.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init),
        origin: head.headerFields[.origin], host: head.authority, isGet: head.method == .get,
        isUpgrade: head.headerFields[.secWebSocketKey] != nil)
}

private func serve(
    _ context: RequestContext, _ method: HTTPRequest.Method, _ gateway: SocketGateway
) async -> Response {
    // A handshake whose upgrade was passed over.
    let isWebSocket = context.request.headers[.secWebSocketKey] != nil
    let session: String?
    do throws(Handshake.Refusal) {
        guard case .polling(let named) = try purpose(of: context.request.head, gateway) else {
            return refusal(.unknownSession, toWebSocket: isWebSocket)
        }
        session = named
    } catch {
        return refusal(error, toWebSocket: isWebSocket)
    }
    guard let session else {
        let transport = gateway.openPolling(
            requestToken: token(of: context), remoteAddress: context.remoteAddress)
        return answer(await transport?.open() ?? .unavailable)
    }
    guard let transport = gateway.polling(session) else {
        return answer(method == .get && gateway.wasOvertaken(session) ? .noop : .refused(.unknownSession))
    }
    switch method {
    case .get: return answer(await transport.get())
    case .post: return answer(await post(context, to: transport))
    default: return answer(.refused(.badMethod))
    }
}

/// `intake` told the transport that the body began.
private func post(_ context: RequestContext, to transport: PollingTransport) async -> PollingTransport.Answer {
    if context.request.headers[.contentType]?.hasPrefix("application/octet-stream") == true {
        return await transport.fail()
    }
    guard case .complete(let body) = context.body else { return await transport.take(body: nil) }
    return await transport.take(body: Array(buffer: body))
}

/// The `Authorization` header, else `?token=`.
private func token(of context: RequestContext) -> String? {
    if let header = context.request.headers[.authorization] { return header }
    var query = QueryReader(context.request.uri.query)
    return query.string("token")
}

/// Polling clients read JSON, WebSocket clients the sentence alone.
private func refusal(_ refusal: Handshake.Refusal, toWebSocket: Bool) -> Response {
    guard toWebSocket else { return answer(.refused(refusal)) }
    return Response(
        status: .init(code: refusal.status), headers: [.contentType: "text/html", .cacheControl: "no-store"],
        body: .init(byteBuffer: ByteBuffer(string: refusal.message)))
}

private func answer(_ answer: PollingTransport.Answer) -> Response {
    func response(_ status: HTTPResponse.Status, _ type: String, _ body: ByteBuffer) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"], body: .init(byteBuffer: body))
    }
    switch answer {
    case .tooLarge: return response(.contentTooLarge, "text/html", ByteBuffer())
    case .ok: return response(.ok, "text/html", ByteBuffer(string: "ok"))
    case .packets(let packets): return response(.ok, "text/plain; charset=UTF-8", packets)
    case .refused(let refusal):
        return response(.init(code: refusal.status), "application/json", ByteBuffer(bytes: refusal.json))
    case .unavailable:
        var response = response(.serviceUnavailable, "text/html", ByteBuffer(string: "Service Unavailable"))
        response.headers[.retryAfter] = "1"
        return response
    }
}
