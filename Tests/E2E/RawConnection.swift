import Foundation
import Glibc

/// A TCP connection on which a test sends bytes of its own, and reads answers and WebSocket frames.
///
/// Reading waits for `patience` at most, so that a server that does not answer fails the test instead of stopping it.
final class RawConnection {
    struct Answer {
        let status: Int
        let version: String
        let fields: [(name: String, value: String)]
        let body: String

        /// The value of a header field, named in lower case.
        subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
        /// Whether it says that the connection ends behind it.
        var closes: Bool { self["connection"]?.lowercased().contains("close") == true }
    }

    struct Frame: Equatable {
        let opcode: UInt8
        let payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
    }

    struct NotConnected: Error { let code: Int32 }

    static let patience: Int32 = 10_000

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

    /// Sends nothing more, and reads on.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    // MARK: - Sending

    func send(_ text: String) { send(Array(text.utf8)) }

    /// What the server does not take any more is lost, as its answer will show.
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

    static func request(_ method: String, _ target: String, _ fields: [String] = [], body: String? = nil) -> String {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1"] + fields + length
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    /// RFC 6455, 1.3: the key of its example, so that the answer is known.
    static func handshake(_ fields: [String] = [], query: String = "") -> String {
        request(
            "GET", "/socket.io/?EIO=4&transport=websocket\(query)",
            [
                "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ] + fields)
    }

    /// A client's frame of at most 125 bytes (RFC 6455, 5.2).
    static func frame(_ opcode: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        return [0x80 | opcode, 0x80 | UInt8(payload.count)] + mask
            + payload.enumerated().map { $1 ^ mask[$0 % mask.count] }
    }

    // MARK: - Reading

    /// The next final answer; nil when the connection ends or nothing comes.
    func answer(to method: String = "GET") -> Answer? {
        while true {
            if let answer = takeAnswer(to: method) {
                if answer.status == 101 || answer.status >= 200 { return answer }
            } else if !fill() {
                return takeAnswer(to: method)
            }
        }
    }

    /// The next frame of the server; nil when the connection ends or nothing comes.
    func frame() -> Frame? {
        while true {
            if let frame = takeFrame() { return frame }
            if !fill() { return nil }
        }
    }

    /// Whether the server ends the connection; what came before is passed over.
    func ends() -> Bool {
        while fill() {}
        return hasEnded
    }

    /// What has come until now, and what comes until `words` have: the head and the first bytes of a stream.
    func text(until words: String) -> String {
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if text.contains(words) || !fill() { return text }
        }
    }

    /// Reads once; false when the connection has ended, or nothing comes.
    private func fill() -> Bool {
        guard !hasEnded else { return false }
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&watched, 1, Self.patience) == 1 else { return false }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        hasEnded = count <= 0
        if count > 0 { received += chunk[..<count] }
        return count > 0
    }

    private func takeAnswer(to method: String) -> Answer? {
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
        return Answer(
            status: status, version: String(words[0]), fields: fields, body: String(decoding: body.bytes, as: UTF8.self)
        )
    }

    /// RFC 9112, 6.3: by length, in chunks, or until the end of the connection.
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

    private func takeFrame() -> Frame? {
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

    /// The value of a metric, its labels included in the name.
    func metric(_ name: String) async throws -> Double? {
        let lines = try await send("GET", "/metrics").text.split(separator: "\n")
        return lines.first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
    }
}
