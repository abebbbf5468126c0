import HTTPTypes
import Hummingbird
import NIOCore

/// The requests of Engine.IO that do not become a WebSocket: long-polling, and whatever is refused.
func pollingRoutes(_ gateway: SocketGateway) -> [Route] {
    let methods: [HTTPRequest.Method] = [.get, .post, .put, .delete, .patch, .options]
    return methods.map { method in
        Route(
            method: method, template: Handshake.path, access: .everyone,
            intake: { _ in RequestIntake(bodyLimit: gateway.options.maxPayload, waitsForEvents: method == .get) }
        ) { exchange, _ in
            await serve(exchange, method, gateway)
        }
    }
}

private func serve(
    _ exchange: Exchange, _ method: HTTPRequest.Method, _ gateway: SocketGateway
) async -> Response {
    // A handshake whose upgrade was passed over.
    let isWebSocket = exchange.request.headers[.secWebSocketKey] != nil
    let session: String?
    do throws(Handshake.Refusal) {
        let purpose = try gateway.handshake.purpose(
            query: exchange.request.uri.query, origin: exchange.request.headers[.origin],
            host: exchange.request.head.authority, isGet: method == .get, isUpgrade: isWebSocket)
        guard case .polling(let named) = purpose else { return refusal(.unknownSession, toWebSocket: isWebSocket) }
        session = named
    } catch {
        return refusal(error, toWebSocket: isWebSocket)
    }
    guard let session else {
        let transport = gateway.openPolling(requestToken: token(of: exchange))
        return answer(await transport?.open() ?? .refused(.badRequest))
    }
    guard let transport = gateway.polling(session) else { return answer(.refused(.unknownSession)) }
    switch method {
    case .get: return answer(await transport.get())
    case .post: return answer(await post(exchange, to: transport))
    default: return answer(.refused(.badMethod))
    }
}

/// Nil: the body is too large; the session survives it.
private func post(_ exchange: Exchange, to transport: PollingTransport) async -> PollingTransport.Answer? {
    if exchange.request.headers[.contentType]?.hasPrefix("application/octet-stream") == true {
        return await transport.fail()
    }
    if let refused = await transport.beginPost() { return refused }
    guard case .complete(let body) = exchange.body else {
        _ = await transport.take(nil)
        return nil
    }
    return await transport.take(Array(buffer: body))
}

/// The `Authorization` header, else `?token=`.
private func token(of exchange: Exchange) -> String? {
    if let header = exchange.request.headers[.authorization] { return header }
    var query = QueryReader(exchange.request.uri.query)
    return query.text("token")
}

/// Polling clients read JSON, WebSocket clients the sentence alone.
private func refusal(_ refusal: Handshake.Refusal, toWebSocket: Bool) -> Response {
    guard toWebSocket else { return answer(.refused(refusal)) }
    return Response(
        status: .init(code: refusal.status), headers: [.contentType: "text/html", .cacheControl: "no-store"],
        body: .init(byteBuffer: ByteBuffer(string: refusal.message)))
}

private func answer(_ answer: PollingTransport.Answer?) -> Response {
    func response(_ status: HTTPResponse.Status, _ type: String, _ body: ByteBuffer) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"], body: .init(byteBuffer: body))
    }
    switch answer {
    case nil: return response(.contentTooLarge, "text/html", ByteBuffer())
    case .ok: return response(.ok, "text/html", ByteBuffer(string: "ok"))
    case .packets(let packets): return response(.ok, "text/plain; charset=UTF-8", packets)
    case .refused(let refusal):
        return response(.init(code: refusal.status), "application/json", ByteBuffer(bytes: refusal.json))
    }
}
