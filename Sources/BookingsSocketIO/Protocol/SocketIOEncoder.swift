import Bookings
import NIOCore

/// Encodes the packets that the server sends: Engine.IO packets (protocol 4) that carry Socket.IO packets (protocol 5).
enum SocketIOEncoder {
    static let ping = "2"

    /// Returns the Engine.IO open packet.
    static func open(sid: String, upgrades: [String], timing: HeartbeatTiming, maxPayload: Int) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("sid")
        writer.string(sid)
        writer.name("upgrades")
        writer.beginArray()
        for upgrade in upgrades { writer.string(upgrade) }
        writer.endArray()
        writer.name("pingInterval")
        writer.integer(timing.pingInterval.wholeMilliseconds)
        writer.name("pingTimeout")
        writer.integer(timing.pingTimeout.wholeMilliseconds)
        writer.name("maxPayload")
        writer.integer(maxPayload)
        writer.endObject()
        return "0" + String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Returns the CONNECT packet that accepts a socket. `pid`: `nil` when state recovery is disabled.
    static func connected(sid: String, pid: String?) -> String {
        pid.map { "40{\"sid\":\"\(sid)\",\"pid\":\"\($0)\"}" } ?? "40{\"sid\":\"\(sid)\"}"
    }

    /// Returns a CONNECT_ERROR packet. `data`: JSON; `nil` for none.
    static func connectError(namespace: String, message: String, data: [UInt8]?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("message")
        writer.string(message)
        if let data {
            writer.name("data")
            writer.raw(data)
        }
        writer.endObject()
        let prefix = namespace == "/" ? "" : namespace + ","
        return "44" + prefix + String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Returns an EVENT packet with one argument.
    ///
    /// - Parameters:
    ///   - argument: JSON.
    ///   - offset: A second argument, for state recovery; `nil` when it is disabled.
    static func event(_ name: String, _ argument: [UInt8], offset: String? = nil) -> FramedPacket {
        let length = name.utf8.count + argument.count + (offset.map { $0.utf8.count + 3 } ?? 0) + 7
        return FramedPacket(length: length) { packet in
            packet.writeStaticString("42[\"")
            packet.writeString(name)
            packet.writeStaticString("\",")
            packet.writeBytes(argument)
            if let offset { packet.writeString(",\"\(offset)\"") }
            packet.writeStaticString("]")
        }
    }
}
