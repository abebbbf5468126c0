import Bookings
import CHiredis
import NIOCore

/// One command of Redis: its name and arguments, as bytes.
struct RedisCommand: Sendable {
    /// Of the command, without its arguments.
    let name: String
    private var bytes: [CChar] = []
    private var lengths: [Int] = []

    init(_ name: String, _ arguments: String...) {
        self.name = name
        append(name.utf8)
        for argument in arguments { append(argument.utf8) }
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

    /// The first word of an error, such as `WRONGPASS`. The rest may repeat what was sent, a password among it.
    static func code(of failure: String) -> String {
        let word = failure.utf8.prefix { (0x41...0x5a).contains($0) }
        return (1...20).contains(word.count) ? String(decoding: word, as: UTF8.self) : "an error"
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
///
/// Redis is not trusted: a reply that no command here has (an array of many elements, hundreds of kilobytes) is refused
/// before memory is asked for.
struct RedisReader: ~Copyable {
    /// The longest array that any reply or message is.
    static let mostElements = 16
    /// The bytes of the largest reply: a cache entry with its tag and time.
    static let largestReply = 512 * 1024

    private let reader: UnsafeMutablePointer<redisReader>
    /// How hiredis makes replies; it keeps the pointer.
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    /// What came in since the last whole reply.
    private var unread = 0

    init() {
        guard let reader = redisReaderCreate(), let defaults = reader.pointee.fn else {
            preconditionFailure("There is no memory for a parser.")
        }
        self.reader = reader
        functions = .allocate(capacity: 1)
        functions.initialize(to: defaults.pointee)
        // What gives no array ends the reading with an error.
        functions.pointee.createArray = { task, count in
            count <= RedisReader.mostElements ? Self.createArray(task, count) : nil
        }
        reader.pointee.fn = functions
    }

    /// hiredis' own.
    private static let createArray: @convention(c) (UnsafePointer<redisReadTask>?, Int32) -> UnsafeMutableRawPointer? =
        {
            guard let reader = redisReaderCreate(), let create = reader.pointee.fn?.pointee.createArray else {
                preconditionFailure("There is no memory for a parser.")
            }
            defer { redisReaderFree(reader) }
            return create
        }()

    deinit {
        redisReaderFree(reader)
        functions.deinitialize(count: 1)
        functions.deallocate()
    }

    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
        unread += bytes.count
        guard redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count) == REDIS_OK else {
            throw fault
        }
    }

    /// The next whole reply; nil when more bytes are needed.
    mutating func next() throws(RedisError) -> RedisReply? {
        var pointer: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &pointer) == REDIS_OK else { throw fault }
        guard let pointer else {
            guard unread <= Self.largestReply else { throw .garbled("a reply is larger than 512 KiB") }
            return nil
        }
        defer { freeReplyObject(pointer) }
        unread = Int(reader.pointee.len - reader.pointee.pos)
        return RedisReply(pointer.assumingMemoryBound(to: redisReply.self))
    }

    private var fault: RedisError {
        .garbled(withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
}
