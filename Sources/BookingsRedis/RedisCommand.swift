import CHiredis
import NIOCore

/// A command with its arguments, as bytes.
struct RedisCommand: Sendable {
    /// The command's name, without its arguments.
    let name: String
    /// Name and arguments one behind the other.
    private var bytes: [CChar] = []
    private var lengths: [Int] = []

    init(_ name: String, _ arguments: String...) {
        self.name = name
        append(name.utf8)
        for argument in arguments { append(argument.utf8) }
    }

    /// Appends an argument.
    mutating func append(_ argument: some Collection<UInt8>) {
        bytes.append(contentsOf: argument.lazy.map { CChar(bitPattern: $0) })
        lengths.append(argument.count)
    }

    /// Writes the command in RESP.
    func write(to buffer: inout ByteBuffer) {
        bytes.withUnsafeBufferPointer { bytes in
            var arguments: [UnsafePointer<CChar>?] = []
            var offset = 0
            // The pointer of an empty argument is never read.
            for length in lengths {
                arguments.append(bytes.baseAddress.map { $0 + offset })
                offset += length
            }
            var formatted: UnsafeMutablePointer<CChar>?
            let count = redisFormatCommandArgv(&formatted, Int32(arguments.count), &arguments, lengths)
            guard let formatted, count >= 0 else { preconditionFailure("No memory is left for a Redis command.") }
            buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: Int(count)))
            redisFreeCommand(formatted)
        }
    }
}

/// Commands that are sent together and complete together.
struct RedisRequest: Sendable {
    let commands: [RedisCommand]
    /// Called once, on any thread, with a reply for each command; `nil` means that Redis did not answer.
    let completion: @Sendable ([RedisReply]?) -> Void
}
