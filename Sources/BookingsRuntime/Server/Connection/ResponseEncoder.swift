import Bookings
import HTTPTypes
import NIOCore
import NIOHTTP1

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
        _ head: HTTPResponse, _ body: ByteBuffer, framing: HTTPConnectionState.Framing, date: String,
        allocator: ByteBufferAllocator
    ) -> (ByteBuffer, ByteBuffer?) {
        let copiesBody = body.readableBytes <= maxCopiedBody
        var buffer = allocator.buffer(capacity: 512 + (copiesBody ? body.readableBytes : 0))
        write(head, framing, date, to: &buffer)
        if mayHaveBody(head.status), head.headerFields[.contentLength] == nil {
            buffer.writeString("Content-Length: \(body.readableBytes)\r\n")
        }
        buffer.writeStaticString("\r\n")
        guard body.readableBytes > 0, mayHaveBody(head.status) else { return (buffer, nil) }
        guard copiesBody else { return (buffer, body) }
        buffer.writeImmutableBuffer(body)
        return (buffer, nil)
    }

    /// Returns the head of a response whose length is not known.
    static func streamHead(
        _ head: HTTPResponse, framing: HTTPConnectionState.Framing, date: String, allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: 512)
        write(head, framing, date, to: &buffer)
        if framing.isChunked { buffer.writeStaticString("Transfer-Encoding: chunked\r\n") }
        buffer.writeStaticString("\r\n")
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

    /// Whether a response of the status has a body and a length (RFC 9110, 6.4.1).
    private static func mayHaveBody(_ status: HTTPResponse.Status) -> Bool {
        status.code >= 200 && status.code != 204 && status.code != 304
    }

    /// Writes the status line and the header fields; `Connection` follows from the framing alone.
    private static func write(
        _ head: HTTPResponse, _ framing: HTTPConnectionState.Framing, _ date: String, to buffer: inout ByteBuffer
    ) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(head.status.code))
        buffer.writeStaticString(" ")
        let phrase = head.status.reasonPhrase
        buffer.writeString(phrase.isEmpty ? HTTPResponseStatus(statusCode: head.status.code).reasonPhrase : phrase)
        buffer.writeStaticString("\r\n")
        let hasLength = mayHaveBody(head.status)
        for field in head.headerFields where field.name != .connection && (hasLength || field.name != .contentLength) {
            buffer.writeString(field.name.rawName)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("Date: ")
        buffer.writeString(date)
        buffer.writeStaticString("\r\n")
        if framing.closes {
            buffer.writeStaticString("Connection: close\r\n")
        } else if framing.isHTTP10 {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
    }
}
