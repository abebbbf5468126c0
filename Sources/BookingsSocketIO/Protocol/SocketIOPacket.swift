import Bookings

/// A Socket.IO packet (protocol 5) as it comes from a client, without its attachments.
struct SocketIOPacket: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        case connect = 0
        case disconnect = 1
        case event = 2
        case ack = 3
        case connectError = 4
        case binaryEvent = 5
        case binaryAck = 6
    }

    let kind: Kind
    let namespace: String
    let ackID: Int?
    /// How many binary frames follow.
    let attachments: Int
    let payload: JSONValue?

    static let mostAttachments = 10
    private static let reservedNames: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// Nil for what the protocol does not allow a client to say: the connection closes.
    init?(_ text: some StringProtocol) {
        var rest = text.utf8[...]
        guard let first = rest.popFirst(), let kind = Kind(rawValue: first &- UInt8(ascii: "0")) else { return nil }
        self.kind = kind
        var attachments = 0
        if kind == .binaryEvent || kind == .binaryAck {
            guard let count = Self.number(&rest), rest.popFirst() == UInt8(ascii: "-"), count <= Self.mostAttachments
            else { return nil }
            attachments = count
        }
        self.attachments = attachments
        if rest.first == UInt8(ascii: "/") {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
            namespace = String(decoding: rest[..<end], as: UTF8.self).prefix { $0 != "?" }.description
            rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
        } else {
            namespace = "/"
        }
        ackID = Self.number(&rest)
        if rest.isEmpty {
            payload = nil
        } else {
            guard let json = try? JSONValue.parse(rest) else { return nil }
            payload = json
        }
        guard isWellFormed else { return nil }
    }

    private var isWellFormed: Bool {
        switch kind {
        case .connect:
            if case .object? = payload { return true }
            return payload == nil
        case .disconnect: return payload == nil
        case .connectError: return false
        case .event, .binaryEvent:
            guard case .array(let arguments)? = payload, let name = arguments.first else { return false }
            guard hasGoodPlaceholders else { return false }
            if case .number = name { return true }
            return name.string.map { !Self.reservedNames.contains($0) } ?? false
        case .ack, .binaryAck:
            guard case .array? = payload, ackID != nil else { return false }
            return hasGoodPlaceholders
        }
    }

    private var hasGoodPlaceholders: Bool {
        guard attachments > 0, let payload else { return true }
        return Self.placeholdersAreGood(payload, below: attachments)
    }

    private static func placeholdersAreGood(_ value: JSONValue, below count: Int) -> Bool {
        switch value {
        case .array(let elements): return elements.allSatisfy { placeholdersAreGood($0, below: count) }
        case .object(let members):
            if value["_placeholder"] == .bool(true) {
                guard let number = value["num"]?.double.flatMap({ Int(exactly: $0) }) else { return false }
                return (0..<count).contains(number)
            }
            return members.allSatisfy { placeholdersAreGood($0.value, below: count) }
        default: return true
        }
    }

    private static func number<View: Collection<UInt8>>(_ rest: inout View) -> Int? where View.SubSequence == View {
        var value: Int?
        while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), (value ?? 0) < 1 << 50 {
            value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            rest.removeFirst()
        }
        return value
    }
}
