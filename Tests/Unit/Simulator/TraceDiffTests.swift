import Foundation
import XCTest

@testable import SimulationKit
@testable import Simulator

final class TraceDiffTests: XCTestCase {
    private let trace = ["a", "b", "c", "d", "e", "f", "g"]

    func test_equal_traces_have_no_difference() {
        XCTAssertNil(TraceDiff.first(trace, trace))
        XCTAssertNil(TraceDiff.first([], []))
    }

    func test_the_first_difference_is_shown_with_three_lines_around_it() throws {
        let difference = try XCTUnwrap(TraceDiff.first(trace, ["a", "b", "c", "d", "x", "f", "y"]))
        XCTAssertEqual(
            difference,
            TraceDiff(line: 5, before: ["b", "c", "d"], left: ["e", "f", "g"], right: ["x", "f", "y"]))
        XCTAssertEqual(
            difference.description,
            """
            the traces differ from line 5 on
              2 b
              3 c
              4 d
            - 5 e
            - 6 f
            - 7 g
            + 5 x
            + 6 f
            + 7 y
            """)
    }

    func test_a_shorter_trace_differs_where_it_ends() throws {
        let difference = try XCTUnwrap(TraceDiff.first(trace, Array(trace.prefix(2))))
        XCTAssertEqual(difference.line, 3)
        XCTAssertEqual(difference.left, ["c", "d", "e", "f"])
        XCTAssertTrue(difference.description.hasSuffix("+ (end)"), difference.description)
    }

    func test_headers_count_only_when_nothing_else_differs() {
        XCTAssertEqual(TraceDiff.ofRuns(["h", "a", "b"], ["i", "a", "c"])?.line, 3)
        XCTAssertEqual(TraceDiff.ofRuns(["h", "a"], ["i", "a"])?.line, 1)
        XCTAssertNil(TraceDiff.ofRuns(["h", "a"], ["h", "a"]))
        XCTAssertEqual(TraceDiff.ofRuns([], ["h"])?.line, 1)
    }

    func test_diff_exits_with_4_on_a_difference_and_accepts_folders() async throws {
        let folder = NSTemporaryDirectory() + "diff-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "a\nb\n".write(toFile: folder + "/trace.jsonl", atomically: true, encoding: .utf8)
        try "a\nc\n".write(toFile: folder + "/other", atomically: true, encoding: .utf8)
        let same = await status(folder, folder + "/trace.jsonl")
        XCTAssertEqual(same, 0)
        let different = await status(folder, folder + "/other")
        XCTAssertEqual(different, 4)
        let missing = await status(folder, folder + "/nothing")
        XCTAssertEqual(missing, 64)
    }

    private func status(_ left: String, _ right: String) async -> Int32 {
        do {
            try await DiffCommand.parse([left, right]).run()
            return 0
        } catch {
            return DiffCommand.exitCode(for: error).rawValue
        }
    }
}
