import LoadTest

/// The result of a load test as an HTML page of one file, without scripts or outside assets.
struct LoadPage {
    let result: LoadResult

    var document: String {
        var body = XML(isFragment: true)
        body.element("h1", content: "Load test of \(result.settings.target)")
        let verdict = result.isPassed ? "passed" : "failed"
        body.element("p", ["class": verdict], content: verdict)
        for failure in result.failures { body.element("p", ["class": "failed"], content: failure) }
        body.element("pre", content: result.text)
        for chart in charts { body.insert(chart.svg) }
        return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Load test</title>"
            + "<style>\(Self.style)</style></head><body>\n\(body.document)</body></html>\n"
    }

    private static let style =
        "body{font:14px sans-serif;margin:24px;color:#1d2330}pre{overflow:auto;background:#f4f6f9;padding:12px}"
        + ".passed{color:#137333}.failed{color:#b3261e}svg{display:block;margin:16px 0}"

    private var charts: [LoadChart] {
        let series = result.series
        var charts = [
            LoadChart(
                title: "requests a second",
                lines: [
                    .init(name: "sent", color: "#5f6b7a", values: series.map(\.sent)),
                    .init(name: "answered", color: "#1a73e8", values: series.map(\.answered)),
                    .init(name: "failed", color: "#b3261e", values: series.map(\.failed)),
                ]),
            LoadChart(
                title: "latency in milliseconds",
                lines: [
                    .init(name: "p50", color: "#137333", values: series.map(\.p50)),
                    .init(name: "p99", color: "#e37400", values: series.map(\.p99)),
                    .init(name: "max", color: "#b3261e", values: series.map(\.max)),
                ], isLogarithmic: true),
        ]
        guard result.settings.listeners > 0 else { return charts }
        charts.append(
            LoadChart(
                title: "events a second",
                lines: [.init(name: "received", color: "#7b1fa2", values: series.map(\.frames))]))
        return charts
    }
}
