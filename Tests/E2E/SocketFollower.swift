import Bookings
import Foundation
import Synchronization
import TestSupport
import XCTest

@testable import SimulationKit

/// The official Python client in a process of its own. It reconnects by itself, and resumes by the cursor of its last event.
final class SocketFollower {
    /// The transports that clients use: those of the JavaScript, Java, Swift and Python clients by default, and each alone.
    static let transports = ["polling", "polling,websocket", "websocket"]

    private final class Record: Sendable {
        struct State {
            /// The ids of the bookings of all events, in the order of their arrival.
            var bookings: [String] = []
            var isReady = false
            var connects = 0
            var disconnects = 0
            var failedConnects: [String] = []
            var disconnectedAt = 0.0
            /// The seconds from each disconnect to the next connect.
            var absences: [Double] = []
        }

        let state = Mutex(State())

        /// Takes a line that the client printed.
        func take(_ line: String) {
            guard let entry = try? JSONValue.parse(Array(line.utf8)), let name = entry["name"]?.string,
                let now = entry["at"]?.double
            else { return print(line) }
            state.withLock { state in
                switch name {
                case "ready": state.isReady = true
                case "connect":
                    if state.disconnects > state.absences.count { state.absences.append(now - state.disconnectedAt) }
                    state.connects += 1
                case "disconnect":
                    state.disconnects += 1
                    state.disconnectedAt = now
                case "connect_error": state.failedConnects.append(entry["reason"]?.string ?? "")
                default: state.bookings.append(entry["id"]?.string ?? name)
                }
            }
        }
    }

    let transports: String
    private let process: ChildProcess
    private let record = Record()

    /// - Parameters:
    ///   - token: Without one the client is started, and connects with the first that `replaceToken(by:)` gives it.
    ///   - number: The number of the client, by which the proxy chooses its server.
    init(_ address: String, as token: String? = nil, transports: String, number: Int = 0, in folder: URL) throws {
        self.transports = transports
        let python = TestServer.root.appendingPathComponent(".venv/bin/python3").path
        let script = TestServer.root.appendingPathComponent("Tests/E2E/Clients/follow.py").path
        process = try ChildProcess(
            "/usr/bin/timeout",
            ["120", python, script, "\(address)/?client=\(transports)\(number)", token ?? "-", transports], in: folder,
            takesInput: true)
        Task { [record, lines = process.lines] in
            for await line in lines { record.take(line) }
        }
    }

    /// Has the client send another token from its next CONNECT on.
    func replaceToken(by token: String) { XCTAssertTrue(process.send(token)) }

    func end() { process.kill() }

    /// Waits until a client without a token has been started.
    func isReady() async {
        let isReady = await eventually { self.record.state.withLock(\.isReady) }
        XCTAssertTrue(isReady, transports)
    }

    /// Waits until the client has connected for the `number`th time.
    func connects(_ number: Int) async {
        let hasConnected = await eventually { self.record.state.withLock(\.connects) >= number }
        XCTAssertTrue(hasConnected, "\(transports): \(record.state.withLock(\.connects)) of \(number) connects")
    }

    /// Waits until the client has the events of these bookings, and checks that it has each of them once.
    func received(_ bookings: [String]) async {
        let wanted = Set(bookings)
        let hasAll = await eventually { self.record.state.withLock { wanted.isSubset(of: $0.bookings) } }
        let received = record.state.withLock(\.bookings)
        XCTAssertTrue(hasAll, "\(transports): \(wanted.subtracting(received).count) of \(wanted.count) are missing")
        XCTAssertEqual(received.count, Set(received).count, "\(transports): an event came twice")
    }

    /// How the client came back: the attempts that failed, and the seconds that it was away each time.
    var returns: (failedConnects: [String], absences: [Double]) {
        record.state.withLock { ($0.failedConnects, $0.absences) }
    }
}
