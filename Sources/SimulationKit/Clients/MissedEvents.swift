import Bookings

/// What a client that comes back receives behind its cursor.
struct MissedEvents: Sendable {
    /// An event, and the cursor behind it.
    struct Event: Sendable {
        let event: ReceivedEvent
        let cursor: String

        init(_ event: ReceivedEvent, cursor: String? = nil) {
            self.event = event
            self.cursor = cursor ?? event.cursor
        }
    }

    var events: [Event] = []
    /// Whether the service said that its log does not reach back to the cursor.
    var isTooLate = false
    /// The private id of the socket, where the service offers connection state recovery.
    var privateID: String?
    /// Whether the CONNECT was accepted.
    var isConnected = false
}

extension MissedEvents {
    /// Adds the Socket.IO packet of an Engine.IO message: an event, `resync`, or the answer to the CONNECT.
    mutating func add(_ packet: Substring) {
        if packet.hasPrefix("40") {
            isConnected = true
            privateID = (try? JSONValue.parse(packet.dropFirst(2).utf8))?["pid"]?.string ?? privateID
        } else if packet.hasPrefix("42"), let event = ReceivedEvent(packet: packet.dropFirst(2)) {
            if event.name == "resync" { isTooLate = true } else { events.append(Event(event)) }
        }
    }
}

/// An event as a client received it.
struct ReceivedEvent: Sendable {
    let name: String
    /// The data, as JSON text.
    let text: String
    let data: JSONValue

    init(name: String, text: String) {
        self.name = name
        self.text = text
        data = (try? JSONValue.parse(text.utf8)) ?? .null
    }

    /// Reads the packet of an event: an array of the name, the argument, and where state recovery is offered the offset.
    init?(packet: Substring) {
        guard case .array(let parts)? = try? JSONValue.parse(packet.utf8), (2...3).contains(parts.count),
            let name = parts[0].string
        else { return nil }
        let offset = parts.count == 3 ? parts[2].text.utf8.count + 1 : 0
        self.init(name: name, text: String(packet.dropFirst(name.utf8.count + 4).dropLast(1 + offset)))
    }

    var cursor: String { data["event"]?["cursor"]?.string ?? "" }

    /// The packet without an offset.
    var packet: String { "[\"\(name)\",\(text)]" }
}
