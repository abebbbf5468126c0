import Bookings
import NIOCore

/// A request on its way to a replica.
struct ProxiedRequest: Sendable {
    let method: String
    let target: String
    /// With names in lower case.
    var headers: [History.HeaderField]

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var path: String { String(target.prefix { $0 != "?" }) }
}

/// An answer on its way to a client.
struct ProxiedAnswer: Sendable {
    var status: Int
    /// With names in lower case; the length of the body is set anew.
    var headers: [History.HeaderField]
    var body: String

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    mutating func set(_ name: String, _ value: String?) {
        headers.removeAll { $0.name == name }
        if let value { headers.append(History.HeaderField(name, value)) }
    }

    /// Changes the body, if it is JSON.
    mutating func changeJSON(_ change: (inout JSONValue) -> Void) {
        guard var json = try? JSONValue.parse(body.utf8) else { return }
        change(&json)
        body = json.text
    }
}

/// A mistake of a proxy in front of the replicas.
struct ProxyMistake: Sendable {
    var onRequest: @Sendable (inout ProxiedRequest) -> Void = { _ in }
    var onAnswer: @Sendable (ProxiedRequest, inout ProxiedAnswer) -> Void = { _, _ in }
}

/// Reads the requests and answers of one connection (HTTP/1.1, RFC 9112), and makes a mistake in them. An answer without
/// a length ends that: the rest of the connection passes unchanged.
final class AnswerFilter: ProxyTap {
    private let mistake: ProxyMistake
    private var requests = HTTPMessageReader()
    private var answers = HTTPMessageReader()
    private var waiting: [ProxiedRequest] = []
    private var isTransparent = false

    init(_ mistake: ProxyMistake) {
        self.mistake = mistake
    }

    func toServer(_ bytes: ByteBuffer) -> TCPProxy.Passage {
        if isTransparent { return TCPProxy.Passage(bytes: bytes) }
        requests.append(bytes)
        var passed = ByteBuffer()
        while let message = requests.next(hasBody: { _ in true }) {
            let parts = message.first.split(separator: " ")
            guard parts.count == 3 else { continue }
            var request = ProxiedRequest(method: String(parts[0]), target: String(parts[1]), headers: message.headers)
            mistake.onRequest(&request)
            waiting.append(request)
            passed.writeMessage(message.first, request.headers, message.body)
        }
        return TCPProxy.Passage(bytes: passed)
    }

    func toClient(_ bytes: ByteBuffer) -> TCPProxy.Passage {
        if isTransparent { return TCPProxy.Passage(bytes: bytes) }
        answers.append(bytes)
        var passed = ByteBuffer()
        while let request = waiting.first {
            if answers.hasUnlimitedBody {
                isTransparent = true
                passed.writeImmutableBuffer(answers.rest)
                break
            }
            guard let message = answers.next(hasBody: { $0 != 204 && $0 != 304 && request.method != "HEAD" }),
                let status = message.status
            else { break }
            if status >= 200 { waiting.removeFirst() }
            var answer = ProxiedAnswer(
                status: status, headers: message.headers, body: String(decoding: message.body, as: UTF8.self))
            mistake.onAnswer(request, &answer)
            write(answer, of: message, to: &passed)
        }
        return TCPProxy.Passage(bytes: passed)
    }

    private func write(_ answer: ProxiedAnswer, of message: HTTPMessage, to passed: inout ByteBuffer) {
        let first = answer.status == message.status ? message.first : "HTTP/1.1 \(answer.status) Changed"
        var headers = answer.headers
        if let index = headers.firstIndex(where: { $0.name == "content-length" }) {
            headers[index] = History.HeaderField("content-length", "\(answer.body.utf8.count)")
        }
        passed.writeMessage(first, headers, Array(answer.body.utf8))
    }
}

extension ByteBuffer {
    fileprivate mutating func writeMessage(_ first: String, _ headers: [History.HeaderField], _ body: [UInt8]) {
        writeString(first + "\r\n" + headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n")
        writeBytes(body)
    }
}
