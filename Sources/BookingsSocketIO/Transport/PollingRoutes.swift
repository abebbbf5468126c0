import Bookings
import BookingsHTTP
import HTTPTypes
import NIOCore

/// Returns the routes of Engine.IO requests that do not become a WebSocket: long-polling, and what is refused.
package func pollingRoutes(_ gateway: SocketGateway) -> [Route] {
    let methods: [HTTPRequest.Method] = [.get, .post, .put, .delete, .patch, .options]
    return methods.map { method in
        Route(method, Handshake.path, access: .everyone, intake: { intake(of: $0, method, gateway) }) { context in
            await serve(context, method, gateway)
        }
    }
}

/// Reports a POST to its session as soon as its head is read: two POSTs at once end the session.
private func intake(of head: HTTPRequest, _ method: HTTPRequest.Method, _ gateway: SocketGateway) -> RequestIntake {
    var intake = RequestIntake(bodyLimit: gateway.options.maxPayload, waitsForEvents: method == .get)
    guard method == .post, case .polling(let session?)? = try? gateway.handshake.purpose(of: head),
        let transport = gateway.sessions.polling(session)
    else { return intake }
    intake.bodyBegan = { transport.bodyBegan() }
    intake.bodyAborted = { transport.bodyAborted() }
    return intake
}

private func serve(
    _ context: RequestContext, _ method: HTTPRequest.Method, _ gateway: SocketGateway
) async -> Response {
    // A WebSocket handshake gets here when `WebSocketUpgrade` did not accept it.
    let isWebSocket = context.request.headerFields[.secWebSocketKey] != nil
    let session: String?
    do throws(Handshake.Refusal) {
        guard case .polling(let named) = try gateway.handshake.purpose(of: context.request) else {
            return gateway.isShutDown ? response(.unavailable) : refusal(.unknownSession, toWebSocket: isWebSocket)
        }
        session = named
    } catch {
        return refusal(error, toWebSocket: isWebSocket)
    }
    guard let session else {
        let transport = gateway.openPolling(
            requestToken: Handshake.token(of: context.request), remoteAddress: context.remoteAddress)
        return response(await transport?.open() ?? .unavailable)
    }
    guard let transport = gateway.sessions.polling(session) else {
        return response(
            method == .get && gateway.sessions.takeClosedByClient(session) ? .noop : .refused(.unknownSession))
    }
    switch method {
    case .get: return response(await transport.get())
    case .post: return response(await post(context, to: transport))
    default: return response(.refused(.badMethod))
    }
}

/// `intake` has called `bodyBegan`.
private func post(_ context: RequestContext, to transport: PollingTransport) async -> PollingResponse {
    if context.request.headerFields[.contentType]?.hasPrefix("application/octet-stream") == true {
        return await transport.failPost()
    }
    guard case .complete(let body) = context.body else { return await transport.post(nil) }
    return await transport.post(Array(buffer: body))
}

/// Returns the response for a refusal: JSON for polling clients, the message alone for WebSocket clients.
private func refusal(_ refusal: Handshake.Refusal, toWebSocket: Bool) -> Response {
    guard toWebSocket else { return response(.refused(refusal)) }
    return Response(
        status: .init(code: refusal.status), headers: [.contentType: "text/html", .cacheControl: "no-store"],
        body: .bytes(ByteBuffer(string: refusal.message)))
}

private func response(_ answer: PollingResponse) -> Response {
    func make(_ status: HTTPResponse.Status, _ type: String, _ body: ByteBuffer) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"], body: .bytes(body))
    }
    switch answer {
    case .tooLarge: return make(.contentTooLarge, "text/html", ByteBuffer())
    case .ok: return make(.ok, "text/html", ByteBuffer(string: "ok"))
    case .packets(let packets): return make(.ok, "text/plain; charset=UTF-8", packets)
    case .refused(let refusal):
        return make(.init(code: refusal.status), "application/json", ByteBuffer(bytes: refusal.json))
    case .unavailable:
        var response = make(.serviceUnavailable, "text/html", ByteBuffer(string: "Service Unavailable"))
        response.headers[.retryAfter] = "1"
        return response
    }
}
