import CHiredis

/// Parses replies from bytes as they arrive, by hiredis' parser, whose memory it owns.
///
/// Redis is not trusted: a reply that no command of this service has (an array of many elements, hundreds of kilobytes)
/// is refused before memory is allocated for it.
struct RedisReplyParser: ~Copyable {
    /// The most elements of any reply or message.
    static let maximumElements = 16
    /// The most bytes of a reply: a cache entry with its tag and expiry fits.
    static let maximumReplySize = 512 * 1024

    private let reader: UnsafeMutablePointer<redisReader>
    /// How hiredis allocates replies; it keeps the pointer.
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    /// The bytes that have arrived since the last complete reply.
    private var unparsedCount = 0

    init() {
        guard let reader = redisReaderCreate(), let defaults = reader.pointee.fn else {
            preconditionFailure("No memory is left for a Redis parser.")
        }
        self.reader = reader
        functions = .allocate(capacity: 1)
        functions.initialize(to: defaults.pointee)
        // A function that returns no array ends the parsing with an error.
        functions.pointee.createArray = { task, count in
            count <= RedisReplyParser.maximumElements ? Self.createArray(task, count) : nil
        }
        reader.pointee.fn = functions
    }

    /// hiredis' own function.
    private static let createArray: @convention(c) (UnsafePointer<redisReadTask>?, Int32) -> UnsafeMutableRawPointer? =
        {
            guard let reader = redisReaderCreate(), let create = reader.pointee.fn?.pointee.createArray else {
                preconditionFailure("No memory is left for a Redis parser.")
            }
            defer { redisReaderFree(reader) }
            return create
        }()

    deinit {
        redisReaderFree(reader)
        functions.deinitialize(count: 1)
        functions.deallocate()
    }

    /// Takes bytes that have arrived.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
        unparsedCount += bytes.count
        guard redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count) == REDIS_OK else {
            throw error
        }
    }

    /// Returns the next complete reply; `nil` means that more bytes are needed.
    mutating func next() throws(RedisError) -> RedisReply? {
        var pointer: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &pointer) == REDIS_OK else { throw error }
        guard let pointer else {
            guard unparsedCount <= Self.maximumReplySize else { throw .invalidReply("a reply is larger than 512 KiB") }
            return nil
        }
        defer { freeReplyObject(pointer) }
        unparsedCount = Int(reader.pointee.len - reader.pointee.pos)
        return RedisReply(pointer.assumingMemoryBound(to: redisReply.self))
    }

    private var error: RedisError {
        .invalidReply(
            withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
}
