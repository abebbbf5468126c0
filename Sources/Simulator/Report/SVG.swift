import SimulationKit

/// The few shapes of which a picture is made.
struct SVG {
    private let width: Double
    private var xml = XML(isFragment: true)

    init(width: Double) {
        self.width = width
    }

    /// `y` is the base line; `anchor` is `start`, `middle` or `end`.
    mutating func text(
        _ text: String, x: Double, y: Double, size: Int, weight: String = "normal", colour: String = "#1d2330",
        anchor: String = "start"
    ) {
        xml.element(
            "text",
            [
                "x": Self.number(x), "y": Self.number(y), "font-size": "\(size)", "font-weight": weight,
                "fill": colour, "text-anchor": anchor,
            ], text: text)
    }

    /// `tip`: what a reader sees who points at it.
    mutating func rect(
        x: Double, y: Double, width: Double, height: Double, fill: String, stroke: String = "none", tip: String = ""
    ) {
        let attributes: KeyValuePairs = [
            "x": Self.number(x), "y": Self.number(y), "width": Self.number(width), "height": Self.number(height),
            "fill": fill, "stroke": stroke, "stroke-width": "0.8",
        ]
        guard !tip.isEmpty else { return xml.element("rect", attributes) }
        xml.element("rect", attributes) { $0.element("title", text: tip) }
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, colour: String, width: Double = 1) {
        xml.element(
            "line",
            [
                "x1": Self.number(x1), "y1": Self.number(y1), "x2": Self.number(x2), "y2": Self.number(y2),
                "stroke": colour, "stroke-width": Self.number(width),
            ])
    }

    /// The whole, on white.
    func document(height: Double) -> String {
        var document = XML()
        document.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "width": Self.number(width), "height": Self.number(height),
                "viewBox": "0 0 \(Self.number(width)) \(Self.number(height))",
                "font-family": "DejaVu Sans, Verdana, Arial, sans-serif",
            ]
        ) { document in
            document.element("rect", ["width": "100%", "height": "100%", "fill": "#ffffff"])
            document.raw(xml)
        }
        return document.text
    }

    /// A tenth of a pixel is fine enough.
    private static func number(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    static func clipped(_ text: String, to length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }
}
