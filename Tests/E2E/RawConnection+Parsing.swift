import Foundation

/// Parses responses and WebSocket frames.
extension RawConnection {
    /// Removes a complete response from the received bytes. Returns `nil` when there is none.
    func parseResponse(to method: String) -> Response? {
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

    /// Removes a complete frame from the received bytes. Returns `nil` when there is none.
    func parseFrame() -> Frame? {
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
