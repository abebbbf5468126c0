import Foundation
import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

/// Plays every conversation of `fixtures/socketio` against the session.
///
/// A line of a transcript: `> text` and `>>` (binary) from the client, `< text` from the server, `! close`, `leave`,
/// `@ +25s` turns the clock, `accept sid=S [pid=P] [expires=SECONDS]` and `refuse MESSAGE` are the gateway's answers to a
/// CONNECT, `#` begins a comment.
final class TranscriptTests: XCTestCase {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../fixtures/socketio").standardizedFileURL

    func test_every_transcript_happens_as_written() throws {
        let files = try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "txt" }
        XCTAssertGreaterThan(files.count, 15)
        for file in files {
            var stage = Stage(name: file.lastPathComponent)
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            for (number, line) in lines.enumerated() { stage.play(line, number: number + 1) }
            stage.expectSilence(before: "the end")
        }
    }

    private struct Stage {
        let name: String
        var now = Duration.zero
        var session = SocketIOSession(timing: HeartbeatTiming(), at: .zero)
        var said: [String] = []

        mutating func play(_ line: Substring, number: Int) {
            let place = "\(name):\(number)"
            func rest(_ count: Int) -> String { String(line.dropFirst(count)) }
            switch true {
            case line.hasPrefix("#"): break
            case line.hasPrefix("< "): expect(rest(2), place)
            case line == "! close", line == "leave": expect(String(line), place)
            default:
                expectSilence(before: place)
                act(line, place)
            }
        }

        private mutating func act(_ line: Substring, _ place: String) {
            let words = line.split(separator: " ")
            func value(_ key: String) -> String? {
                words.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
            }
            switch words.first {
            case ">": hear(session.receive(EngineIOPacket(line.dropFirst(2).utf8), at: now))
            case ">>": hear(session.receive(.binary, at: now))
            case "@":
                guard let seconds = Int(words[1].dropFirst().dropLast()) else { return XCTFail(place) }
                now = now + .seconds(seconds)
                hear(session.tick(at: now, wallTime: at(0) + now))
            case "accept":
                let expiry = value("expires").flatMap { Int($0) }.map { at($0) }
                hear(session.accept(sid: value("sid") ?? "", pid: value("pid"), expiresAt: expiry))
            case "refuse":
                hear(session.refuse(message: String(words[1]), data: Array(#"{"status":401}"#.utf8), at: now))
            default: XCTFail("\(place) is not understood: \(line)")
            }
        }

        private mutating func hear(_ actions: [SocketIOSession.Action]) {
            for action in actions {
                switch action {
                case .send(let text): said.append(text)
                case .close: said.append("! close")
                case .leave: said.append("leave")
                case .authenticate: break
                }
            }
        }

        private mutating func expect(_ text: String, _ place: String) {
            guard !said.isEmpty else { return XCTFail("\(place): the server is silent instead of \(text)") }
            XCTAssertEqual(said.removeFirst(), text, place)
        }

        func expectSilence(before place: String) {
            XCTAssertEqual(said, [], "\(name): more than was written, before \(place)")
        }
    }
}
