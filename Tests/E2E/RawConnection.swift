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
    var received: [UInt8] = []
    private(set) var hasEnded = false
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
    static func handshake(
        _ fields: [String] = [], path: String = "/socket.io/?EIO=4&transport=websocket", query: String = ""
    ) -> String {
        request(
            "GET", path + query,
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
}

extension TestServer {
    func connect() throws -> RawConnection { try RawConnection(port: port) }

    /// Returns the value of a metric; the name includes the labels.
    func metric(_ name: String) async throws -> Double? {
        let lines = try await send("GET", "/metrics").text.split(separator: "\n")
        return lines.first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
    }
}
