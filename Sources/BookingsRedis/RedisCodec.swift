import CHiredis
import NIOCore

/// One command of Redis: its name and arguments, as bytes.
struct RedisCommand: Sendable {
    private var bytes: [CChar] = []
    private var lengths: [Int] = []

    init(_ words: String...) {
        for word in words { append(word.utf8) }
    }

    mutating func append(_ argument: some Collection<UInt8>) {
        bytes.append(contentsOf: argument.lazy.map { CChar(bitPattern: $0) })
        lengths.append(argument.count)
    }

    /// Appends the command in RESP.
    func write(to buffer: inout ByteBuffer) {
        bytes.withUnsafeBufferPointer { bytes in
            var arguments: [UnsafePointer<CChar>?] = []
            var offset = 0
            // An empty argument points anywhere; its length is zero.
            for length in lengths {
                arguments.append(bytes.baseAddress.map { $0 + offset })
                offset += length
            }
            var formatted: UnsafeMutablePointer<CChar>?
            let count = redisFormatCommandArgv(&formatted, Int32(arguments.count), &arguments, lengths)
            guard let formatted, count >= 0 else { preconditionFailure("There is no memory for a command.") }
            buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: Int(count)))
            redisFreeCommand(formatted)
        }
    }
}

/// An answer of Redis (RESP2).
enum RedisReply: Hashable, Sendable {
    /// A bulk text or a status.
    case text([UInt8])
    case integer(Int64)
    case none
    case array([RedisReply])
    case failure(String)

    var bytes: [UInt8]? {
        if case .text(let bytes) = self { bytes } else { nil }
    }

    var number: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The payload, if this is a message of a subscription.
    var message: [UInt8]? {
        guard case .array(let parts) = self, parts.count == 3, parts[0] == .text(Array("message".utf8)) else {
            return nil
        }
        return parts[2].bytes
    }

    /// Copies what hiredis made.
    init(_ reply: UnsafeMutablePointer<redisReply>) {
        switch reply.pointee.type {
        case REDIS_REPLY_INTEGER: self = .integer(reply.pointee.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .text(Self.bytes(of: reply))
        case REDIS_REPLY_ERROR: self = .failure(String(decoding: Self.bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            self = .array(
                (0..<reply.pointee.elements).map { index in
                    reply.pointee.element[index].map { RedisReply($0) } ?? .none
                })
        default: self = .none
        }
    }

    private static func bytes(of reply: UnsafeMutablePointer<redisReply>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: reply.pointee.str, count: Int(reply.pointee.len)))
    }
}

/// hiredis' parser: bytes in as they come, replies out. It owns the parser's memory.
struct RedisReader: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>

    init() {
        guard let reader = redisReaderCreate() else { preconditionFailure("There is no memory for a parser.") }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
    }

    func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisFault) {
        guard redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count) == REDIS_OK else {
            throw fault
        }
    }

    /// The next whole reply; nil when more bytes are needed.
    func next() throws(RedisFault) -> RedisReply? {
        var pointer: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &pointer) == REDIS_OK else { throw fault }
        guard let pointer else { return nil }
        defer { freeReplyObject(pointer) }
        return RedisReply(pointer.assumingMemoryBound(to: redisReply.self))
    }

    private var fault: RedisFault {
        .garbled(withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
}
