import Bookings
import Foundation
import XCTest

@testable import SimulationKit

/// A wall clock for child processes (libfaketime) that differs from the machine's by a number of seconds. The test may
/// change it while they run. Their monotonic clock is the machine's.
final class FakedClock {
    let file: URL
    private let library: String

    init(ahead seconds: Int = 0, in folder: URL) async throws {
        file = folder.appendingPathComponent("clock")
        let script = TestServer.root.appendingPathComponent("scripts/lib").path
        let search = try ChildProcess("/bin/bash", ["-c", "source \(script); faketime_library"], in: folder)
        var lines: [String] = []
        for await line in search.lines { lines.append(line) }
        library = try XCTUnwrap(lines.first { $0.hasSuffix(".so.1") }, "libfaketime is missing")
        try set(ahead: seconds)
    }

    /// Sets how far the clock is ahead of the machine's; a negative number sets it behind.
    func set(ahead seconds: Int) throws {
        try (seconds < 0 ? "\(seconds)" : "+\(seconds)").write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    }

    /// The environment variables that give a process this clock.
    var variables: [String: String] {
        [
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file.path, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ]
    }
}
