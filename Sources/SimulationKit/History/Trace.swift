import Bookings
import Crypto

/// The logical trace: canonical JSON lines, sorted at barriers, with a hash that rolls over them.
package struct Trace: Sendable {
    package private(set) var lines: [String] = []
    private var pending: [String] = []
    private var hasher = SHA256()

    package init(header: String) {
        append(header)
    }

    mutating func note(_ line: String) {
        pending.append(line)
    }

    /// What was noted since the last barrier has no order of its own: it gets one.
    mutating func barrier() {
        for line in pending.sorted() { append(line) }
        pending = []
    }

    private mutating func append(_ line: String) {
        lines.append(line)
        hasher.update(data: Array((line + "\n").utf8))
    }

    package var hash: String {
        hasher.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// What the trace depends on, as its first line.
    package static func header(of plan: Plan) -> String {
        line([
            "commit": Provenance.commit(), "faults": "\(plan.operations.count { $0.isFault })",
            "mutant": plan.mutant ?? "", "replicas": "\(plan.settings.replicas)", "scenario": plan.scenario.rawValue,
            "seed": "\(plan.seed)", "stores": plan.settings.stores.rawValue, "swift": Provenance.swiftVersion,
            "world": plan.settings.world.rawValue,
        ])
    }

    /// A line of JSON out of members that come sorted.
    package static func line(_ members: KeyValuePairs<String, String>) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in members {
            writer.name(dynamic: name)
            writer.string(value)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
