import Bookings

/// What the server writes: Engine.IO packets (protocol 4) with Socket.IO packets (protocol 5) in them.
enum SocketIOText {
    static let ping = "2"

    /// The Engine.IO open packet.
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

    /// `pid`: nil when state recovery is off.
    static func connected(sid: String, pid: String?) -> String {
        pid.map { "40{\"sid\":\"\(sid)\",\"pid\":\"\($0)\"}" } ?? "40{\"sid\":\"\(sid)\"}"
    }

    /// CONNECT_ERROR; `data`: JSON.
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

    /// An event with one argument, which is JSON already. `offset`: stands behind it when state recovery is on.
    static func event(_ name: String, _ argument: [UInt8], offset: String? = nil) -> [UInt8] {
        var bytes = Array("42[\"".utf8)
        bytes.reserveCapacity(name.utf8.count + argument.count + 8)
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: "\",".utf8)
        bytes.append(contentsOf: argument)
        if let offset { bytes.append(contentsOf: ",\"\(offset)\"".utf8) }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}

/// The Engine.IO heartbeat, and how long a client may take to say CONNECT.
package struct HeartbeatTiming: Hashable, Sendable {
    package var pingInterval: Duration
    package var pingTimeout: Duration
    package var connectTimeout: Duration

    package init(
        pingInterval: Duration = .seconds(25), pingTimeout: Duration = .seconds(20),
        connectTimeout: Duration = .seconds(45)
    ) {
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.connectTimeout = connectTimeout
    }
}
