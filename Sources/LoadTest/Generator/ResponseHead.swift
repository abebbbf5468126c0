import NIOCore

/// The parts of a response's head that tell where the response ends.
struct ResponseHead {
    var status: Int
    /// `Content-Length`.
    var length: Int?
    var isChunked = false
    /// `Connection: close`.
    var isLast = false

    var isInformational: Bool { status < 200 }
    /// RFC 9112, section 6.3. A load test sends no HEAD request.
    var hasNoBody: Bool { status == 204 || status == 304 }

    enum Step {
        case head(ResponseHead)
        case needsMore
        case malformed
    }

    private static let longest = 1 << 16

    /// Takes a head and the empty line after it from the beginning of `buffer`.
    static func read(from buffer: inout ByteBuffer) -> Step {
        let (step, length) = buffer.withUnsafeReadableBytes { bytes -> (Step, Int) in
            guard let length = ByteSearch.first("\r\n\r\n", in: bytes) else {
                return (bytes.count > longest ? .malformed : .needsMore, 0)
            }
            guard let head = parse(UnsafeRawBufferPointer(rebasing: bytes[..<(length + 2)])) else {
                return (.malformed, 0)
            }
            return (.head(head), length + 4)
        }
        buffer.moveReaderIndex(forwardBy: length)
        return step
    }

    /// Parses a status line and fields, each with its line end.
    private static func parse(_ bytes: UnsafeRawBufferPointer) -> ResponseHead? {
        guard bytes.count >= 14, bytes.starts(with: "HTTP/1.".utf8), let status = number(bytes[9..<12]), status >= 100
        else { return nil }
        var head = ResponseHead(status: status)
        var start = 0
        while let feed = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard head.read(UnsafeRawBufferPointer(rebasing: bytes[start..<(feed - 1)])) else { return nil }
            start = feed + 1
        }
        return head
    }

    /// Reads a field; `false` if its value is malformed. Only fields that begin with C or T matter.
    private mutating func read(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let first = line.first else { return true }
        switch first | 0x20 {
        case UInt8(ascii: "c"):
            if let value = Self.value(of: "content-length:", in: line) {
                length = Self.number(value)
                return length != nil
            }
            if let value = Self.value(of: "connection:", in: line), Self.equals(value, "close") { isLast = true }
        case UInt8(ascii: "t"):
            if let value = Self.value(of: "transfer-encoding:", in: line) { isChunked = Self.equals(value, "chunked") }
        default: break
        }
        return true
    }

    private static func value(of name: StaticString, in line: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer>?
    {
        let count = name.utf8CodeUnitCount
        guard line.count > count else { return nil }
        for index in 0..<count where line[index] | 0x20 != name.utf8Start[index] { return nil }
        return line[count...].drop { $0 == UInt8(ascii: " ") }
    }

    private static func equals(_ value: Slice<UnsafeRawBufferPointer>, _ word: StaticString) -> Bool {
        value.count == word.utf8CodeUnitCount
            && zip(value, UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)).allSatisfy {
                $0 | 0x20 == $1
            }
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard !digits.isEmpty, digits.count < 16 else { return nil }
        var number = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
