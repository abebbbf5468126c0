import Bookings
import NIOCore

/// The requests of a provider, rendered as far as they are known before the load.
struct RequestTemplates {
    let list: ByteBuffer
    let past: ByteBuffer
    let search: ByteBuffer
    let events: ByteBuffer
    /// The bytes before and after a booking's id of a request without a body.
    private let read: [UInt8]
    private let endOfHead: [UInt8]
    private let act: [UInt8]
    /// The fields of a request with a JSON body, up to the value of `Content-Length`.
    private let bodyFields: [UInt8]
    private let create: [UInt8]
    private let provider: ProviderID

    init(target: LoadTarget, provider: ProviderID, token: String) {
        self.provider = provider
        let extra = target.headers.map { "\($0)\r\n" }.joined()
        let fields = " HTTP/1.1\r\nHost: \(target.address.authority)\r\nAuthorization: Bearer \(token)\r\n\(extra)"
        let base = "\(target.prefix)/bookings"
        func get(_ path: String) -> ByteBuffer { ByteBuffer(string: "GET \(target.prefix)\(path)\(fields)\r\n") }
        list = get("/bookings/upcoming?limit=20")
        past = get("/bookings/past?limit=20")
        search = get("/bookings?provider_id=\(provider)&status=confirmed&limit=20")
        events = get("/events?limit=20")
        read = Array("GET \(base)/".utf8)
        endOfHead = Array("\(fields)\r\n".utf8)
        act = Array("POST \(base)/".utf8)
        bodyFields = Array("\(fields)Content-Type: application/json\r\nContent-Length: ".utf8)
        create = Array("POST \(base)".utf8)
    }

    func get(_ id: BookingID) -> ByteBuffer {
        var buffer = buffer(of: read)
        buffer.write(id)
        buffer.writeBytes(endOfHead)
        return buffer
    }

    func history(_ id: BookingID) -> ByteBuffer {
        var buffer = buffer(of: read)
        buffer.write(id)
        buffer.writeStaticString("/history")
        buffer.writeBytes(endOfHead)
        return buffer
    }

    /// An action without a body: `verb` is the last part of its path.
    func action(_ verb: StaticString, _ id: BookingID) -> ByteBuffer {
        var buffer = buffer(of: act)
        buffer.write(id)
        buffer.writeStaticString(verb)
        buffer.writeBytes(bodyFields)
        buffer.writeStaticString("0\r\n\r\n")
        return buffer
    }

    func reschedule(_ id: BookingID, _ slot: TimeSpan) -> ByteBuffer {
        var buffer = buffer(of: act)
        buffer.write(id)
        buffer.writeStaticString("/reschedule")
        write("{\(slot.members)}", to: &buffer)
        return buffer
    }

    func create(_ service: ServiceID, _ slot: TimeSpan) -> ByteBuffer {
        var buffer = buffer(of: create)
        write(#"{"provider_id":"\#(provider)","service_id":"\#(service)",\#(slot.members)}"#, to: &buffer)
        return buffer
    }

    private func write(_ body: String, to buffer: inout ByteBuffer) {
        buffer.writeBytes(bodyFields)
        buffer.writeString("\(body.utf8.count)\r\n\r\n")
        buffer.writeString(body)
    }

    /// A buffer with room for the request and with its first bytes.
    private func buffer(of start: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(start.count + bodyFields.count + 320)
        buffer.writeBytes(start)
        return buffer
    }
}

/// The times of a booking.
struct TimeSpan: Equatable {
    let start: Timestamp
    let end: Timestamp

    init(_ start: Timestamp, lasting length: Duration) {
        self.start = start
        end = start + length
    }

    /// As members of a request's body.
    var members: String { #""start_time":"\#(RFC3339.string(start))","end_time":"\#(RFC3339.string(end))""# }
}

extension ByteBuffer {
    mutating func write(_ id: BookingID) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: BookingID.writtenLength) { bytes in
            id.write(to: UnsafeMutableRawBufferPointer(rebasing: bytes[..<BookingID.writtenLength]))
            return BookingID.writtenLength
        }
    }
}
