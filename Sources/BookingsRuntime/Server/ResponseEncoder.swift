import Bookings
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Writes answers as HTTP/1 bytes (RFC 9112): head and body of a short answer in one buffer.
struct ResponseEncoder {
    /// A larger body is written behind the head instead of being copied into its buffer.
    private static let largestCopiedBody = 16 * 1024

    static let continues = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
    static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    /// A whole answer as one or two buffers. Where the head has a `Content-Length`, as the answer to a HEAD request
    /// does, it stays.
    static func whole(
        _ head: HTTPResponse, _ body: ByteBuffer, framing: HTTPConnectionState.Framing, date: String,
        allocator: ByteBufferAllocator
    ) -> (ByteBuffer, ByteBuffer?) {
        let copies = body.readableBytes <= largestCopiedBody
        var buffer = allocator.buffer(capacity: 512 + (copies ? body.readableBytes : 0))
        write(head, framing, date, to: &buffer)
        if mayHaveBody(head.status), head.headerFields[.contentLength] == nil {
            buffer.writeString("Content-Length: \(body.readableBytes)\r\n")
        }
        buffer.writeStaticString("\r\n")
        guard body.readableBytes > 0, mayHaveBody(head.status) else { return (buffer, nil) }
        guard copies else { return (buffer, body) }
        buffer.writeImmutableBuffer(body)
        return (buffer, nil)
    }

    /// The head of an answer whose length is not known.
    static func streamHead(
        _ head: HTTPResponse, framing: HTTPConnectionState.Framing, date: String, allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: 512)
        write(head, framing, date, to: &buffer)
        if framing.isChunked { buffer.writeStaticString("Transfer-Encoding: chunked\r\n") }
        buffer.writeStaticString("\r\n")
        return buffer
    }

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

    private static func mayHaveBody(_ status: HTTPResponse.Status) -> Bool {
        status.code >= 200 && status.code != 204 && status.code != 304
    }

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
