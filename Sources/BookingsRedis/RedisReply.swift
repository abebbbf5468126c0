import CHiredis

/// A reply of Redis (RESP version 2).
enum RedisReply: Hashable, Sendable {
    /// A bulk string or a simple string.
    case string([UInt8])
    case integer(Int64)
    case null
    case array([RedisReply])
    case error(String)

    /// The bytes of a string; `nil` for any other reply.
    var bytes: [UInt8]? {
        if case .string(let bytes) = self { bytes } else { nil }
    }

    /// The value of an integer; `nil` for any other reply.
    var number: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The message of an error; `nil` for any other reply.
    var errorMessage: String? {
        if case .error(let message) = self { message } else { nil }
    }

    /// The payload of a subscription's message; `nil` for any other reply.
    var message: [UInt8]? {
        guard case .array(let parts) = self, parts.count == 3, parts[0] == .string(Array("message".utf8)) else {
            return nil
        }
        return parts[2].bytes
    }

    /// Returns the first word of an error message, such as `WRONGPASS`. The rest may repeat what was sent, a password
    /// included.
    static func code(of errorMessage: String) -> String {
        let word = errorMessage.utf8.prefix { (0x41...0x5a).contains($0) }
        return (1...20).contains(word.count) ? String(decoding: word, as: UTF8.self) : "an error"
    }

    /// Copies a reply of hiredis.
    init(_ reply: UnsafeMutablePointer<redisReply>) {
        switch reply.pointee.type {
        case REDIS_REPLY_INTEGER: self = .integer(reply.pointee.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .string(Self.bytes(of: reply))
        case REDIS_REPLY_ERROR: self = .error(String(decoding: Self.bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            self = .array(
                (0..<reply.pointee.elements).map { index in
                    reply.pointee.element[index].map { RedisReply($0) } ?? .null
                })
        default: self = .null
        }
    }

    private static func bytes(of reply: UnsafeMutablePointer<redisReply>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: reply.pointee.str, count: Int(reply.pointee.len)))
    }
}
