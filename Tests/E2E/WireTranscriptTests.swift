import Foundation
import TestSupport
import XCTest

/// Plays the cases of the test suites of Engine.IO (protocol 4) and Socket.IO (protocol 5) against a server: those that
/// expect no answer to an event of the client, since this service takes none. `fixtures/socketio/wire` has them as
/// transcripts; the first line of each names the suites that have the case.
final class WireTranscriptTests: XCTestCase {
    private static let folder = TestServer.root.appendingPathComponent("fixtures/socketio/wire")

    func test_every_case_of_the_protocol_suites_happens_as_written() async throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }
        var cases = ["engine.io": 0, "socket.io": 0]
        for file in files {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
            for suite in lines[0].dropFirst(2).prefix(while: { $0 != ":" }).components(separatedBy: ", ") {
                cases[suite, default: 0] += 1
            }
            let server = try await VirtualTimeServer.start()
            let conversation = WireConversation(name: file.lastPathComponent, server: server)
            for (number, line) in lines.enumerated() { await conversation.play(line, number: number + 1) }
            await server.stop()
        }
        XCTAssertEqual(cases, ["engine.io": 17, "socket.io": 28])
    }
}

/// Plays a transcript.
///
/// `a> GET QUERY`, `a> POST QUERY BODY` and `a> PUT QUERY` send a request to `/socket.io/` on the connection `a`, and
/// `a< STATUS BODY` expects its response; `a|b<` expects it on one of the two. `w> WEBSOCKET QUERY` begins a handshake,
/// `w> text PACKET` sends a packet, `w< text PACKET` expects one, `w< close` expects a close frame, and `w< end` the end of
/// the connection. `a> close` closes it. `@ 25s` turns the clock. `*` stands for any text, and `$SID` for the session id,
/// which is taken where it occurs first. `#` begins a comment.
private final class WireConversation {
    private let name: String
    private let server: VirtualTimeServer
    private var connections: [String: RawConnection] = [:]
    private var responses: [String: RawConnection.Response] = [:]
    private var session: String?

    init(name: String, server: VirtualTimeServer) {
        self.name = name
        self.server = server
    }

    func play(_ line: String, number: Int) async {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2, words[0] != "#" else { return }
        let (label, rest, place) = (String(words[0].dropLast()), words[1], "\(name):\(number)")
        switch words[0].last {
        case ">" where rest == "close": if let connection = connections[label] { await server.close(connection) }
        case ">": send(rest, on: label, place)
        case "<": expect(rest, on: label.split(separator: "|").map(String.init), place)
        case "@": await server.advance(by: Int(rest.dropLast()) ?? 0)
        default: XCTFail("\(place): \(line)")
        }
    }

    private func send(_ text: String, on label: String, _ place: String) {
        let parts = text.replacingOccurrences(of: "$SID", with: session ?? "")
            .split(separator: " ", maxSplits: 2).map(String.init)
        switch parts[0] {
        case "text": connections[label]?.send(RawConnection.frame(1, Array(parts[1...].joined(separator: " ").utf8)))
        case "WEBSOCKET":
            connect(label).send(RawConnection.handshake(path: "/socket.io/?" + parts[1]))
        default:
            let body = parts[0] == "GET" ? nil : parts.count > 2 ? parts[2] : ""
            connect(label).send(RawConnection.request(parts[0], "/socket.io/?" + parts[1], body: body))
        }
    }

    private func connect(_ label: String) -> RawConnection {
        if let open = connections[label], !open.hasEnded { return open }
        guard let connection = try? server.connect() else { preconditionFailure("The server does not listen.") }
        connections[label] = connection
        return connection
    }

    private func expect(_ text: String, on labels: [String], _ place: String) {
        guard let connection = connections[labels[0]] else { return XCTFail(place) }
        switch text.prefix(while: { $0 != " " }) {
        case "text":
            let received = connection.frame()
            XCTAssertEqual(received?.opcode, 1, place)
            check(received?.text ?? "nothing", String(text.dropFirst(5)), place)
        case "close": XCTAssertEqual(connection.frame()?.opcode, 8, place)
        case "end":
            XCTAssertNil(connection.frame(), place)
            XCTAssertTrue(connection.hasEnded, place)
        default: expectResponse(text, on: labels, place)
        }
    }

    private func expectResponse(_ text: String, on labels: [String], _ place: String) {
        for label in labels where responses[label] == nil { responses[label] = connections[label]?.response() }
        let received = labels.compactMap { label in
            responses[label].map { (label, $0.status == 101 ? "101" : "\($0.status) \($0.body)") }
        }
        if let (label, response) = received.first(where: { matches($0.1, text) }) {
            responses[label] = nil
            return check(response, text, place)
        }
        XCTFail("\(place): \(received) instead of \(text)")
    }

    private func check(_ received: String, _ expected: String, _ place: String) {
        if session == nil, let begin = expected.range(of: "$SID") {
            let prefix = expected[..<begin.lowerBound]
            session = String(received.dropFirst(prefix.count).prefix { $0 != "\"" })
        }
        XCTAssertTrue(matches(received, expected), "\(place): \(received) instead of \(expected)")
    }

    private func matches(_ received: String, _ expected: String) -> Bool {
        let pattern = NSRegularExpression.escapedPattern(for: expected)
            .replacingOccurrences(of: "\\*", with: ".*")
            .replacingOccurrences(of: "\\$SID", with: session ?? ".*")
        return received.range(of: "^\(pattern)$", options: .regularExpression) != nil
    }
}
