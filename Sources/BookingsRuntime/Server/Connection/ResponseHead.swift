import BookingsHTTP
import HTTPTypes
import NIOCore
import NIOHTTP1

/// The head of a response as HTTP/1 bytes.
///
/// It is assembled in memory of known size and appended to the buffer at once: appending some thirty strings one by one
/// checks the capacity and copies the bookkeeping of the buffer each time.
struct ResponseHead {
    private let response: Response
    private let phrase: String
    private let length: String
    private let date: String
    private let connection: StaticString
    /// An upper bound of the head's size in bytes.
    let capacity: Int

    /// - Parameter length: The header line that tells the length of the body, if any; not used when the response has a
    ///   `Content-Length`, as that to a HEAD request.
    init(_ response: Response, framing: HTTPConnectionState.Framing, date: String, length: String) {
        self.response = response
        let phrase = response.status.reasonPhrase
        self.phrase = phrase.isEmpty ? HTTPResponseStatus(statusCode: response.status.code).reasonPhrase : phrase
        self.length = response.mayHaveBody && response.headers.contains(.contentLength) ? "" : length
        self.date = date
        connection =
            if framing.closes { "Connection: close\r\n" } else if framing.isHTTP10 { "Connection: keep-alive\r\n" } else
            { "" }
        capacity = response.headers.reduce(128 + self.phrase.utf8.count + length.utf8.count + date.utf8.count) {
            $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4
        }
    }

    /// Appends the head with the empty line behind it. `Connection` follows from the framing alone.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { memory in
            var writer = ByteWriter(memory)
            writer.append("HTTP/1.1 ")
            writer.append(String(response.status.code))
            writer.append(" ")
            writer.append(phrase)
            writer.append("\r\n")
            for field in response.headers where isWritten(field.name) {
                writer.append(field.name.rawName)
                writer.append(": ")
                writer.append(field.value)
                writer.append("\r\n")
            }
            writer.append("Date: ")
            writer.append(date)
            writer.append("\r\n")
            writer.append(connection)
            writer.append(length)
            writer.append("\r\n")
            return writer.count
        }
    }

    private func isWritten(_ name: HTTPField.Name) -> Bool {
        name != .connection && (name != .contentLength || response.mayHaveBody)
    }
}

extension Response {
    /// Whether a response of the status has a body and a length (RFC 9110, 6.4.1).
    var mayHaveBody: Bool { status.code >= 200 && status.code != 204 && status.code != 304 }
}

/// Appends bytes to memory that is large enough; traps otherwise.
private struct ByteWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + bytes.count]).copyMemory(from: bytes)
        count += bytes.count
    }
}
