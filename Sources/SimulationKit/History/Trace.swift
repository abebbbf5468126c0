import Bookings
import Crypto

/// The logical trace of a run: canonical JSON lines, sorted at each barrier, with a SHA-256 hash over all of them.
///
/// Two runs of one plan must give the same bytes.
package struct Trace: Sendable {
    /// The lines up to the last barrier; the first is the header.
    package private(set) var lines: [String] = []
    private var pending: [String] = []
    private var hasher = SHA256()

    init(header: String) {
        append(header)
    }

    /// Adds a line that becomes part of the trace at the next barrier.
    mutating func note(_ line: String) {
        pending.append(line)
    }

    /// Appends the pending lines. They are sorted, since what happens between two barriers happens in any order.
    mutating func barrier() {
        for line in pending.sorted() { append(line) }
        pending = []
    }

    private mutating func append(_ line: String) {
        lines.append(line)
        hasher.update(data: Array((line + "\n").utf8))
    }

    /// The hash of all lines, in hexadecimal.
    package var hash: String {
        hasher.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

extension Trace {
    /// Returns the first line of a trace: everything on which the rest depends.
    static func header(of plan: Plan) -> String {
        line([
            "commit": Provenance.buildCommit, "faults": "\(plan.operations.count { $0.isFault })",
            "mutant": plan.mutant ?? "", "replicas": "\(plan.settings.replicas)", "scenario": plan.title,
            "seed": "\(plan.seed)", "stores": plan.settings.stores.rawValue, "swift": Provenance.swiftVersion,
            "world": plan.settings.world.rawValue,
        ])
    }

    /// Returns a JSON object on one line. The members must be sorted by name, so that the line is canonical.
    static func line(_ members: KeyValuePairs<String, String>) -> String {
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
