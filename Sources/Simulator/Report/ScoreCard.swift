import Bookings
import Conformance

/// The results of `conform` in the forms that people and tools read.
struct ScoreCard {
    let targets: [String]
    /// The arguments of a command that judges the same service again.
    let arguments: String
    let results: [PromiseResult]

    private func count(_ name: String) -> Int { results.count { $0.outcome.name == name } }

    var broken: [PromiseResult] { results.filter { $0.outcome.name == "broken" } }

    /// 0 when all that could be tested held, 1 when a promise is broken, 2 when none could be judged.
    var status: Int32 { broken.isEmpty ? (count("held") > 0 ? 0 : 2) : 1 }

    private func replay(_ result: PromiseResult) -> String {
        "simulator conform \(arguments) --only \(result.promise.id)"
    }

    /// One line for the whole card.
    private var summary: String {
        "\(count("held")) held, \(broken.count) broken, \(count("not testable here")) not testable here"
    }

    /// For a terminal: a line for each promise that did not hold, with the story of the broken ones, and the summary.
    var text: String {
        var lines: [String] = []
        for result in results {
            switch result.outcome {
            case .held: continue
            case .notTestable(let reason): lines.append("not testable here  \(result.promise.id): \(reason)")
            case .broken(let reason, let story):
                lines.append("broken  \(result.promise.id): \(result.promise.sentence) Here \(reason).")
                lines += story.map { "    \($0)" } + ["    replay: \(replay(result))"]
            }
        }
        return (lines + [summary]).joined(separator: "\n")
    }

    /// One HTML file without scripts.
    var html: String {
        var rows = ""
        for result in results {
            var detail = ""
            switch result.outcome {
            case .held: break
            case .notTestable(let reason): detail = XML.escaped(reason)
            case .broken(let reason, let story):
                let text = (story + ["replay: \(replay(result))"]).joined(separator: "\n")
                detail = "\(XML.escaped(reason))<pre>\(XML.escaped(text).replacing("&#10;", with: "\n"))</pre>"
            }
            rows += """
                <tr class="\(result.outcome.name.prefix { $0 != " " })"><td>\(result.promise.id)</td>\
                <td>\(XML.escaped(result.promise.sentence))</td><td>\(result.outcome.name)</td><td>\(detail)</td></tr>

                """
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Conformance of \(XML.escaped(targets.joined(separator: ", ")))</title>
            <style>body{font:14px sans-serif;margin:2em}td{padding:.3em .6em;vertical-align:top;border-top:1px solid #ccc}\
            .held td:nth-child(3){color:#060}.broken td:nth-child(3){color:#b00;font-weight:bold}\
            .not td{color:#666}pre{white-space:pre-wrap;overflow-wrap:anywhere}</style></head>
            <body><h1>\(XML.escaped(targets.joined(separator: ", ")))</h1><p>\(summary)</p>
            <table><tr><th>Promise</th><th>What it says</th><th>Outcome</th><th>Why</th></tr>
            \(rows)</table></body></html>

            """
    }

    /// A JUnit test suite with a test case for each promise.
    var junit: String {
        var xml = XML()
        let (failures, skipped) = ("\(broken.count)", "\(count("not testable here"))")
        let attributes: KeyValuePairs = [
            "name": "conform \(targets.joined(separator: " "))", "tests": "\(results.count)", "failures": failures,
            "skipped": skipped,
        ]
        xml.element("testsuite", attributes) { xml in
            for result in results {
                let name: KeyValuePairs = [
                    "classname": "conform.\(result.promise.level.rawValue)", "name": result.promise.id,
                ]
                switch result.outcome {
                case .held: xml.element("testcase", name)
                case .notTestable(let reason):
                    xml.element("testcase", name) { $0.element("skipped", ["message": reason]) }
                case .broken(let reason, let story):
                    let content = (story + ["replay: \(replay(result))"]).joined(separator: "\n")
                    xml.element("testcase", name) { $0.element("failure", ["message": reason], content: content) }
                }
            }
        }
        return xml.document
    }

    /// An object with the targets, the counts, and every promise with its outcome.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("targets")
        writer.beginArray()
        for target in targets { writer.string(target) }
        writer.endArray()
        for name in ["held", "broken", "not testable here"] {
            writer.name(dynamic: name.replacing(" ", with: "_"))
            writer.integer(count(name))
        }
        writer.name("promises")
        writer.beginArray()
        for result in results { write(result, to: &writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    private func write(_ result: PromiseResult, to writer: inout JSONWriter) {
        var members = [
            ("id", result.promise.id), ("level", result.promise.level.rawValue), ("sentence", result.promise.sentence),
            ("outcome", result.outcome.name),
        ]
        var story: [String] = []
        switch result.outcome {
        case .held: break
        case .notTestable(let reason): members.append(("reason", reason))
        case .broken(let reason, let lines):
            members += [("reason", reason), ("replay", replay(result))]
            story = lines
        }
        writer.beginObject()
        for (name, value) in members {
            writer.name(dynamic: name)
            writer.string(value)
        }
        writer.name("story")
        writer.beginArray()
        for line in story { writer.string(line) }
        writer.endArray()
        writer.endObject()
    }
}
