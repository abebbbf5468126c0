import Bookings
import FoundationEssentials
import SimulationKit

/// A run, or two, as one HTML file that needs no network: a timeline to zoom and filter, requests, answers and frames under
/// the pointer, and for each violation the operations about its booking.
struct HTMLReport: Encodable {
    private let runs: [HTMLRun]
    private let difference: HTMLDifference?

    init(_ result: RunResult, _ history: History) {
        runs = [HTMLRun(result, history)]
        difference = nil
    }

    /// Two runs, one below the other, with the first difference of their traces marked.
    init(
        _ left: (result: RunResult, history: History), _ right: (result: RunResult, history: History),
        _ difference: TraceDiff?
    ) {
        runs = [HTMLRun(left.result, left.history), HTMLRun(right.result, right.history)]
        self.difference = HTMLDifference(difference, from: left.history.begunAt)
    }

    /// The file.
    func document() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A script ends at the first `</`, also within a string.
        let json = String(decoding: try encoder.encode(self), as: UTF8.self).replacing("</", with: "<\\/")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>\(XML.escaped(runs[0].title))</title>
            <style>\(Self.resource(PackageResources.report_css))</style></head>
            <body><script type="application/json" id="data">\(json)</script>
            <script>\(Self.resource(PackageResources.report_js))</script></body>
            </html>

            """
    }

    private static func resource(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// The first difference of two traces.
struct HTMLDifference: Encodable {
    /// 0 when they are equal.
    let line: Int
    let before: [String]
    let left: [String]
    let right: [String]
    /// Milliseconds from the beginning of the run; `nil` when no line there has an instant.
    let at: Int64?

    init(_ difference: TraceDiff?, from begin: Timestamp) {
        line = difference?.line ?? 0
        before = difference?.before ?? []
        left = difference?.left ?? []
        right = difference?.right ?? []
        at = (left + right + before.reversed()).lazy.compactMap(Self.instant).first
            .map { begin.duration(to: $0).wholeMilliseconds }
    }

    private static func instant(_ line: String) -> Timestamp? {
        (try? JSONValue.parse(line.utf8))?["at"]?.string.flatMap { RFC3339.parse($0) }
    }
}
