/// A chart of the seconds of a load test as SVG, for an HTML page.
struct LoadChart {
    struct Line {
        let name: String
        let color: String
        /// A value for each second; `nil` where there is none.
        let values: [Double?]
    }

    let title: String
    let lines: [Line]
    /// Whether the axis of values is logarithmic, as latencies need.
    var isLogarithmic = false

    private static let width = 960.0
    private static let height = 240.0
    private static let margin = (left: 70.0, right: 10.0, top: 30.0, bottom: 30.0)

    private var values: [Double] { lines.flatMap { $0.values.compactMap { $0 } } }
    private var seconds: Int { lines.map(\.values.count).max() ?? 0 }

    private var axis: ChartAxis {
        let highest = max(values.max() ?? 1, 1)
        return isLogarithmic
            ? .logarithmic(from: max(values.min() ?? 1, 0.001), upTo: highest) : .linear(upTo: highest)
    }

    /// The picture as an element.
    var svg: XML {
        var svg = SVG(width: Self.width)
        svg.text(title, x: Self.margin.left, y: 18, size: 14, weight: "bold")
        drawGrid(in: &svg)
        for (index, line) in lines.enumerated() {
            svg.text(line.name, x: 400 + Double(index) * 130, y: 18, size: 12, color: line.color)
            draw(line, in: &svg)
        }
        return svg.element(height: Self.height)
    }

    private func drawGrid(in svg: inout SVG) {
        for tick in axis.ticks {
            let level = y(tick)
            svg.line(Self.margin.left, level, Self.width - Self.margin.right, level, color: "#d8dce4")
            svg.text(Self.short(tick), x: Self.margin.left - 6, y: level + 4, size: 11, anchor: "end")
        }
        let step = max(1, Int(ChartAxis.roundStep(Double(seconds) / 10)))
        for second in stride(from: step, through: seconds, by: step) {
            svg.text("\(second)s", x: x(second), y: Self.height - 10, size: 11, anchor: "middle")
        }
    }

    private func draw(_ line: Line, in svg: inout SVG) {
        for (index, pair) in zip(line.values, line.values.dropFirst()).enumerated() {
            guard let before = pair.0, let after = pair.1 else { continue }
            svg.line(x(index + 1), y(before), x(index + 2), y(after), color: line.color, width: 1.5)
        }
    }

    /// The place of a second, the first of which is 1.
    private func x(_ second: Int) -> Double {
        let width = Self.width - Self.margin.left - Self.margin.right
        return Self.margin.left + Double(second - 1) / Double(max(seconds - 1, 1)) * width
    }

    private func y(_ value: Double) -> Double {
        let height = Self.height - Self.margin.top - Self.margin.bottom
        return Self.height - Self.margin.bottom - axis.share(of: value) * height
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\((value * 1000).rounded() / 1000)"
    }
}
