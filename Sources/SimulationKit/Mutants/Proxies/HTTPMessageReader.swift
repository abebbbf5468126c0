import NIOCore

/// A request or an answer of HTTP/1.1 as a whole.
struct HTTPMessage {
    /// The request line or the status line.
    let first: String
    let headers: [History.HeaderField]
    let body: [UInt8]

    /// The status of an answer.
    var status: Int? { first.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
}

/// Cuts a stream of bytes into the messages of HTTP/1.1 whose bodies have a length.
struct HTTPMessageReader {
    private var buffer = ByteBuffer()

    mutating func append(_ bytes: ByteBuffer) { buffer.writeImmutableBuffer(bytes) }

    /// The bytes that belong to no message yet.
    var rest: ByteBuffer { buffer }

    /// Whether the next message is an upgrade, or its body ends with the connection or in chunks.
    var hasUnlimitedBody: Bool {
        guard let head = head() else { return false }
        return head.message.status == 101 || head.message.headers.contains { $0.name == "transfer-encoding" }
    }

    /// Returns the next whole message and removes it, or returns `nil`.
    ///
    /// - Parameter hasBody: Whether a message of this status can have a body; a request has the status 0.
    mutating func next(hasBody: (Int) -> Bool) -> HTTPMessage? {
        guard let (message, headLength) = head() else { return nil }
        let length = message.headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        let bodyLength = hasBody(message.status ?? 0) ? length : 0
        guard buffer.readableBytes >= headLength + bodyLength else { return nil }
        buffer.moveReaderIndex(forwardBy: headLength)
        let body = buffer.readBytes(length: bodyLength) ?? []
        buffer.discardReadBytes()
        return HTTPMessage(first: message.first, headers: message.headers, body: body)
    }

    private func head() -> (message: HTTPMessage, length: Int)? {
        let bytes = buffer.readableBytesView
        guard let end = Array(bytes).firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let text = String(decoding: bytes.prefix(end.lowerBound), as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let headers = lines.dropFirst().compactMap { line -> History.HeaderField? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return History.HeaderField(String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
        return (HTTPMessage(first: String(lines[0]), headers: headers, body: []), end.upperBound)
    }
}
