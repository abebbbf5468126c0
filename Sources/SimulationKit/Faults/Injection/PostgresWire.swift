import NIOCore
import Synchronization

/// Reads the connections to PostgreSQL, and injects a fault into a statement when one is armed.
///
/// See PostgreSQL's documentation, "Frontend/Backend Protocol": after the start-up every message is a byte for its kind
/// and a length of four bytes that counts itself.
final class PostgresWire: Sendable {
    enum WireFault: Sendable {
        /// Closes the connection in the middle of the next statement.
        case cut
        /// Lets the next write commit, and closes the connection instead of passing its answer on.
        case loseAnswer
    }

    private struct State {
        var armed: WireFault?
        var marks: [CoverageMark: Int] = [:]
    }

    private let state = Mutex(State())

    var marks: [String: Int] {
        state.withLock { state in Dictionary(uniqueKeysWithValues: state.marks.map { ($0.name, $1) }) }
    }

    /// Arms a fault for the next statement; `nil` disarms it.
    func arm(_ wireFault: WireFault?) { state.withLock { $0.armed = wireFault } }

    /// Whether the fault is armed for this statement; disarms it.
    fileprivate func takeArmed(_ wireFault: WireFault) -> Bool {
        state.withLock { state in
            guard state.armed == wireFault else { return false }
            state.armed = nil
            return true
        }
    }

    fileprivate func count(_ mark: CoverageMark) { state.withLock { $0.marks[mark, default: 0] += 1 } }

    func tap() -> any ProxyTap { PostgresTap(self) }
}

private final class PostgresTap: ProxyTap {
    private let wire: PostgresWire
    private var asked = MessageReader(hasStartUp: true)
    private var answered = MessageReader(hasStartUp: false)
    /// The number of transactions that are not answered yet.
    private var openSyncs = 0
    /// The number of answers until the one that is lost.
    private var syncsToLoss: Int?
    /// A write was sent since the last Sync.
    private var writes = false

    /// The prepared statements that write.
    private static let writes: Set<String> = ["write", "writes", "fire", "keep"]

    init(_ wire: PostgresWire) {
        self.wire = wire
    }

    func toServer(_ bytes: ByteBuffer) -> TCPProxy.Passage {
        for message in asked.read(bytes) {
            switch message.kind {
            case UInt8(ascii: "B"):
                if wire.takeArmed(.cut) {
                    wire.count(.statementCut)
                    let half = bytes.getSlice(at: bytes.readerIndex, length: bytes.readableBytes / 2)
                    return TCPProxy.Passage(bytes: half ?? bytes, cuts: true)
                }
                if Self.writes.contains(message.boundStatement) { writes = true }
            case UInt8(ascii: "S"):
                openSyncs += 1
                if writes, syncsToLoss == nil, wire.takeArmed(.loseAnswer) { syncsToLoss = openSyncs }
                writes = false
            case UInt8(ascii: "Q"): openSyncs += 1
            // A single byte answers it.
            case MessageReader.encryptionRequest: answered.expectByte()
            default: break
            }
        }
        return TCPProxy.Passage(bytes: bytes)
    }

    func toClient(_ bytes: ByteBuffer) -> TCPProxy.Passage {
        for message in answered.read(bytes) where message.kind == UInt8(ascii: "Z") && openSyncs > 0 {
            openSyncs -= 1
            guard let left = syncsToLoss else { continue }
            syncsToLoss = left - 1
            if left == 1 {
                wire.count(.databaseAnswerLost)
                return TCPProxy.Passage(bytes: ByteBuffer(), cuts: true)
            }
        }
        // What is read together with the answer before it is lost, too.
        return TCPProxy.Passage(bytes: syncsToLoss == 1 ? ByteBuffer() : bytes)
    }
}

/// Cuts one direction of a connection into messages.
private struct MessageReader {
    struct Message {
        let kind: UInt8
        var body: ByteBuffer

        /// Of a Bind: behind the portal's name stands the statement's.
        var boundStatement: String {
            var body = body
            _ = body.readNullTerminatedString()
            return body.readNullTerminatedString() ?? ""
        }
    }

    static let encryptionRequest: UInt8 = 0
    private static let startUp: UInt8 = 1
    /// SSLRequest and GSSENCRequest.
    private static let encryptionCodes: Set<Int32> = [80_877_103, 80_877_104]

    private var rest = ByteBuffer()
    private var hasStartUp: Bool
    private var singleBytes = 0

    init(hasStartUp: Bool) {
        self.hasStartUp = hasStartUp
    }

    mutating func expectByte() { singleBytes += 1 }

    mutating func read(_ bytes: ByteBuffer) -> [Message] {
        rest.writeImmutableBuffer(bytes)
        var messages: [Message] = []
        while let message = next() { messages.append(message) }
        rest.discardReadBytes()
        return messages
    }

    private mutating func next() -> Message? {
        while singleBytes > 0, rest.readInteger(as: UInt8.self) != nil { singleBytes -= 1 }
        let start = rest.readerIndex
        let prefix = hasStartUp ? 0 : 1
        guard let length: Int32 = rest.getInteger(at: start + prefix),
            let whole = rest.readSlice(length: prefix + Int(length))
        else { return nil }
        let body = whole.getSlice(at: whole.readerIndex + prefix + 4, length: Int(length) - 4) ?? ByteBuffer()
        guard hasStartUp else {
            return Message(kind: whole.getInteger(at: whole.readerIndex) ?? 0, body: body)
        }
        let asksToEncrypt = body.getInteger(at: body.readerIndex).map { Self.encryptionCodes.contains($0) } ?? false
        hasStartUp = asksToEncrypt
        return Message(kind: asksToEncrypt ? Self.encryptionRequest : Self.startUp, body: body)
    }
}
