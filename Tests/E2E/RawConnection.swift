import Foundation
import Glibc

/// A TCP connection on which a test sends arbitrary bytes, and reads responses and WebSocket frames.
///
/// A read takes `timeout` at most, so that a server that does not respond fails the test instead of blocking it.
final class RawConnection {
    struct Response {
        let status: Int
        let version: String
        let fields: [(name: String, value: String)]
        let body: String

        /// The value of a header field, named in lower case.
        subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
        /// Whether it announces that the connection closes.
        var closes: Bool { self["connection"]?.lowercased().contains("close") == true }
    }

    struct Frame: Equatable {
        let opcode: UInt8
        let payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
    }

    struct NotConnected: Error { let code: Int32 }

    /// In milliseconds.
    static let timeout: Int32 = 10_000

    private let descriptor: Int32
    private var received: [UInt8] = []
    private var hasEnded = false
    private var isClosed = false

    init(port: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = (UInt16(port) ?? 0).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw NotConnected(code: errno) }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close() }

    func close() {
        if !isClosed { Glibc.close(descriptor) }
        isClosed = true
    }

    /// Closes the sending side.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    // MARK: - Sending

    func send(_ bytes: String) { send(Array(bytes.utf8)) }

    /// Sends the bytes, as far as the server reads them.
    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Returns the bytes of a request. A body adds its Content-Length.
    static func request(_ method: String, _ target: String, _ fields: [String] = [], body: String? = nil) -> String {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1"] + fields + length
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    /// Returns the bytes of a handshake with the key of RFC 6455, 1.3, so that the accept value is known.
    static func handshake(_ fields: [String] = [], query: String = "") -> String {
        request(
            "GET", "/socket.io/?EIO=4&transport=websocket\(query)",
            [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ] + fields)
    }

    /// Returns the bytes of a frame from a client, with a payload of at most 125 bytes (RFC 6455, 5.2).
    static func frame(_ opcode: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        return [0x80 | opcode, 0x80 | UInt8(payload.count)] + mask
            + payload.enumerated().map { $1 ^ mask[$0 % mask.count] }
    }

    // MARK: - Reading

    /// Returns the next final response, or `nil` when the connection ends or the timeout passes.
    func response(to method: String = "GET") -> Response? {
        while true {
            if let response = parseResponse(to: method) {
                if response.status == 101 || response.status >= 200 { return response }
            } else if !fill() {
                return parseResponse(to: method)
            }
        }
    }

    /// Returns the next frame, or `nil` when the connection ends or the timeout passes.
    func frame() -> Frame? {
        while true {
            if let frame = parseFrame() { return frame }
            if !fill() { return nil }
        }
    }

    /// Discards what arrives. Returns whether the server closes the connection.
    func ends() -> Bool {
        while fill() {}
        return hasEnded
    }

    /// Returns what has arrived, as soon as it contains `words`: the head and the first bytes of a stream.
    func text(until words: String) -> String {
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if text.contains(words) || !fill() { return text }
        }
    }

    /// Reads once. Returns whether bytes have arrived.
    private func fill() -> Bool {
        guard !hasEnded else { return false }
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&watched, 1, Self.timeout) == 1 else { return false }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        hasEnded = count <= 0
        if count > 0 { received += chunk[..<count] }
        return count > 0
    }

    private func parseResponse(to method: String) -> Response? {
        guard let end = Self.index(of: "\r\n\r\n", in: received) else { return nil }
        let lines = String(decoding: received[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { return nil }
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: parts[0].lowercased(), value: parts.last?.trimmingCharacters(in: .whitespaces) ?? "")
        }
        let hasBody = method != "HEAD" && status >= 200 && status != 204 && status != 304
        let begin = end + 4
        guard let body = hasBody ? body(from: begin, fields) : (bytes: [], end: begin) else { return nil }
        received.removeFirst(body.end)
        return Response(
            status: status, version: String(words[0]), fields: fields, body: String(decoding: body.bytes, as: UTF8.self)
        )
    }

    /// Returns the body by its length, its chunks or the end of the connection (RFC 9112, 6.3), and the index behind it.
    private func body(from begin: Int, _ fields: [(name: String, value: String)]) -> (bytes: [UInt8], end: Int)? {
        if fields.contains(where: { $0.name == "transfer-encoding" }) {
            var (bytes, at) = ([UInt8](), begin)
            while let line = Self.index(of: "\r\n", in: received[at...]) {
                let size = Int(String(decoding: received[at..<line], as: UTF8.self), radix: 16) ?? 0
                guard received.count >= line + 2 + size + 2 else { return nil }
                bytes += received[(line + 2)..<(line + 2 + size)]
                at = line + 2 + size + 2
                if size == 0 { return (bytes, at) }
            }
            return nil
        }
        if let length = fields.first(where: { $0.name == "content-length" }).flatMap({ Int($0.value) }) {
            guard received.count >= begin + length else { return nil }
            return (Array(received[begin..<(begin + length)]), begin + length)
        }
        return hasEnded ? (Array(received[begin...]), received.count) : nil
    }

    private func parseFrame() -> Frame? {
        guard received.count >= 2 else { return nil }
        var (size, at) = (Int(received[1]), 2)
        if size > 125 {
            let width = size == 126 ? 2 : 8
            guard received.count >= 2 + width else { return nil }
            size = received[2..<(2 + width)].reduce(0) { $0 << 8 | Int($1) }
            at = 2 + width
        }
        guard received.count >= at + size else { return nil }
        let frame = Frame(opcode: received[0] & 15, payload: Array(received[at..<(at + size)]))
        received.removeFirst(at + size)
        return frame
    }

    private static func index(of words: String, in bytes: some RandomAccessCollection<UInt8>) -> Int? {
        let wanted = Array(words.utf8)
        var rest = bytes[...]
        while let first = rest.firstIndex(of: wanted[0]) {
            if rest[first...].starts(with: wanted) { return first as? Int }
            rest = rest[rest.index(after: first)...]
        }
        return nil
    }
}

extension TestServer {
    func connect() throws -> RawConnection { try RawConnection(port: port) }

    /// Returns the value of a metric; the name includes the labels.
    func metric(_ name: String) async throws -> Double? {
        let lines = try await send("GET", "/metrics").text.split(separator: "\n")
        return lines.first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
    }
}
