import BookingsHTTP
import HTTPTypes
import NIOCore

/// Encodes responses as HTTP/1 bytes (RFC 9112).
enum ResponseEncoder {
    /// The size in bytes up to which a body is copied behind its head; a larger body is a buffer of its own.
    private static let maxCopiedBody = 16 * 1024

    /// The interim response that asks for the body (RFC 9110, 15.2.1).
    static let continueResponse = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    /// The end of a chunked body.
    static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    /// Returns the response that turns the connection into a WebSocket (RFC 6455, 4.2.2), with further header fields.
    static func switchingProtocols(_ fields: HTTPFields, allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: 256)
        buffer.writeStaticString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        for field in fields { buffer.writeString("\(field.name.rawName): \(field.value)\r\n") }
        buffer.writeStaticString("\r\n")
        return buffer
    }

    /// Returns a complete response as one or two buffers. A `Content-Length` of the head, as in the response to a HEAD
    /// request, is kept.
    static func complete(
        _ response: Response, _ body: ByteBuffer, framing: HTTPConnectionState.Framing, date: String,
        allocator: ByteBufferAllocator
    ) -> (ByteBuffer, ByteBuffer?) {
        let hasBody = body.readableBytes > 0 && response.mayHaveBody
        let copiesBody = hasBody && body.readableBytes <= maxCopiedBody
        let length = response.mayHaveBody ? "Content-Length: \(body.readableBytes)\r\n" : ""
        let head = ResponseHead(response, framing: framing, date: date, length: length)
        var buffer = allocator.buffer(capacity: head.capacity + (copiesBody ? body.readableBytes : 0))
        head.write(to: &buffer)
        if copiesBody { buffer.writeImmutableBuffer(body) }
        return (buffer, hasBody && !copiesBody ? body : nil)
    }

    /// Returns the head of a response whose length is not known.
    static func streamHead(
        _ response: Response, framing: HTTPConnectionState.Framing, date: String, allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        let length = framing.isChunked ? "Transfer-Encoding: chunked\r\n" : ""
        let head = ResponseHead(response, framing: framing, date: date, length: length)
        var buffer = allocator.buffer(capacity: head.capacity)
        head.write(to: &buffer)
        return buffer
    }

    /// Returns a part of a body of unknown length: a chunk (RFC 9112, 7.1), or the bytes as they are for HTTP/1.0.
    static func chunk(_ bytes: ByteBuffer, framing: HTTPConnectionState.Framing) -> ByteBuffer {
        guard framing.isChunked else { return bytes }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(bytes.readableBytes + 16)
        buffer.writeString(String(bytes.readableBytes, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(bytes)
        buffer.writeStaticString("\r\n")
        return buffer
    }
}
