import HTTPTypes
import Hummingbird
import NIOCore

/// What a request for a socket that does not open is told, in the words of Engine.IO.
func refusalRoutes(_ handshake: Handshake) -> [Route] {
    let methods: [HTTPRequest.Method] = [.get, .post, .put, .delete, .patch, .options]
    return methods.map { method in
        Route(method: method, template: Handshake.path, access: .everyone) { exchange, _ in
            let refusal =
                handshake.refusal(
                    query: exchange.request.uri.query, origin: exchange.request.headers[.origin],
                    host: exchange.request.head.authority, isGet: method == .get) ?? .badRequest
            return Response(
                status: .init(code: refusal.status),
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: refusal.json)))
        }
    }
}
