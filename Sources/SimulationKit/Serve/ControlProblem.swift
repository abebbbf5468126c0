import Bookings

/// Why a request of the control API fails (RFC 9457).
struct ControlProblem: Error {
    let status: Int
    let detail: String

    init(status: Int, detail: String) {
        self.status = status
        self.detail = detail
    }

    /// - Parameter member: The member of the body, or the query parameter, that is wrong.
    init(member: String, _ reason: String) {
        self.init(status: 400, detail: "\(member) \(reason)")
    }

    var answer: ControlServer.Answer {
        .object(status: status, contentType: "application/problem+json") { writer in
            writer.member("detail", detail)
            writer.name("status")
            writer.integer(status)
        }
    }
}

extension ControlServer.Answer {
    /// An answer whose body is an object.
    static func object(
        status: Int = 200, contentType: String = "application/json", _ members: (inout JSONWriter) -> Void
    ) -> ControlServer.Answer {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return ControlServer.Answer(status: status, contentType: contentType, body: writer.bytes)
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ text: String) {
        self.name(dynamic: name)
        string(text)
    }

    mutating func member(_ name: String, _ number: Int) {
        self.name(dynamic: name)
        integer(number)
    }

    mutating func member(_ name: String, _ elements: [JSONValue]) {
        self.name(dynamic: name)
        value(.array(elements))
    }
}
