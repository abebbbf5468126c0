#if canImport(Glibc)
    import Glibc
#endif

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

    /// The least and the greatest value of the axis.
    private var range: (low: Double, high: Double) {
        let high = max(values.max() ?? 1, 1)
        guard isLogarithmic else { return (0, high) }
        return (max(min(values.min() ?? 1, high / 10), 0.001), high)
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
        for share in stride(from: 0.0, through: 1, by: 0.25) {
            let level = Self.height - Self.margin.bottom - share * (Self.height - Self.margin.top - Self.margin.bottom)
            svg.line(Self.margin.left, level, Self.width - Self.margin.right, level, color: "#d8dce4")
            svg.text(Self.short(value(at: share)), x: Self.margin.left - 6, y: level + 4, size: 11, anchor: "end")
        }
        for share in stride(from: 0.0, through: 1, by: 0.25) {
            let second = "\(Int(share * Double(seconds)))s"
            svg.text(second, x: x(share * Double(max(seconds - 1, 1))), y: Self.height - 10, size: 11, anchor: "middle")
        }
    }

    private func draw(_ line: Line, in svg: inout SVG) {
        for (index, pair) in zip(line.values, line.values.dropFirst()).enumerated() {
            guard let before = pair.0, let after = pair.1 else { continue }
            svg.line(x(Double(index)), y(before), x(Double(index + 1)), y(after), color: line.color, width: 1.5)
        }
    }

    private func x(_ second: Double) -> Double {
        let width = Self.width - Self.margin.left - Self.margin.right
        return Self.margin.left + second / Double(max(seconds - 1, 1)) * width
    }

    private func y(_ value: Double) -> Double {
        let (low, high) = range
        let share = isLogarithmic ? log(max(value, low) / low) / log(high / low) : value / high
        return Self.height - Self.margin.bottom - share * (Self.height - Self.margin.top - Self.margin.bottom)
    }

    private func value(at share: Double) -> Double {
        let (low, high) = range
        return isLogarithmic ? low * pow(high / low, share) : high * share
    }

    private static func short(_ value: Double) -> String {
        value >= 10 ? "\(Int(value))" : "\((value * 100).rounded() / 100)"
    }
}
