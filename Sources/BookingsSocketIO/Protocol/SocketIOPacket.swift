import Bookings

/// A Socket.IO packet (protocol 5) from a client, without its attachments.
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
    /// The id that an acknowledgement refers to; `nil` when there is none.
    let ackID: Int?
    /// The number of binary frames that follow.
    let attachments: Int
    /// `nil` when the packet has no JSON.
    let payload: JSONValue?

    static let maxAttachments = 10
    /// Event names that a client must not use.
    private static let reservedNames: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    /// Parses a packet. Returns `nil` for what the protocol does not allow a client to send: the session is closed.
    init?(_ packet: some StringProtocol) {
        var rest = packet.utf8[...]
        guard let first = rest.popFirst(), let kind = Kind(rawValue: first &- UInt8(ascii: "0")) else { return nil }
        self.kind = kind
        var attachments = 0
        if kind == .binaryEvent || kind == .binaryAck {
            guard let count = Self.number(&rest), rest.popFirst() == UInt8(ascii: "-"), count <= Self.maxAttachments
            else { return nil }
            attachments = count
        }
        self.attachments = attachments
        namespace = Self.namespace(&rest)
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
            guard hasValidPlaceholders else { return false }
            if case .number = name { return true }
            return name.string.map { !Self.reservedNames.contains($0) } ?? false
        case .ack, .binaryAck:
            guard case .array? = payload, ackID != nil else { return false }
            return hasValidPlaceholders
        }
    }

    /// Whether each placeholder names one of the attachments.
    private var hasValidPlaceholders: Bool {
        guard attachments > 0, let payload else { return true }
        return Self.placeholdersAreValid(payload, below: attachments)
    }

    private static func placeholdersAreValid(_ value: JSONValue, below count: Int) -> Bool {
        switch value {
        case .array(let elements): return elements.allSatisfy { placeholdersAreValid($0, below: count) }
        case .object(let members):
            if value["_placeholder"] == .bool(true) {
                guard let number = value["num"]?.double.flatMap({ Int(exactly: $0) }) else { return false }
                return (0..<count).contains(number)
            }
            return members.allSatisfy { placeholdersAreValid($0.value, below: count) }
        default: return true
        }
    }

    /// Removes the namespace from the front, `/` when there is none. The comma behind it may be left out at the end, and
    /// a query in it is ignored.
    private static func namespace<View: Collection<UInt8>>(_ rest: inout View) -> String
    where View.SubSequence == View {
        guard rest.first == UInt8(ascii: "/") else { return "/" }
        let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
        defer { rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...] }
        return String(decoding: rest[..<end], as: UTF8.self).prefix { $0 != "?" }.description
    }

    /// Removes a decimal number from the front. Returns `nil` when there is none.
    private static func number<View: Collection<UInt8>>(_ rest: inout View) -> Int? where View.SubSequence == View {
        var value: Int?
        while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), (value ?? 0) < 1 << 50 {
            value = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            rest.removeFirst()
        }
        return value
    }
}
