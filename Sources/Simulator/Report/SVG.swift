/// A writer of an SVG picture out of text, rectangles and lines. Lengths are in pixels.
struct SVG {
    private let width: Double
    private var xml = XML(isFragment: true)

    /// Creates an empty picture; its height is set by `document`.
    init(width: Double) {
        self.width = width
    }

    /// Draws text with its base line at `y`. `anchor` is `start`, `middle` or `end`.
    mutating func text(
        _ text: String, x: Double, y: Double, size: Int, weight: String = "normal", color: String = "#1d2330",
        anchor: String = "start"
    ) {
        xml.element(
            "text",
            [
                "x": Self.number(x), "y": Self.number(y), "font-size": "\(size)", "font-weight": weight,
                "fill": color, "text-anchor": anchor,
            ], content: text)
    }

    /// Draws a rectangle. `tooltip` appears when the pointer is over it.
    mutating func rect(
        x: Double, y: Double, width: Double, height: Double, fill: String, stroke: String = "none",
        tooltip: String = ""
    ) {
        let attributes: KeyValuePairs = [
            "x": Self.number(x), "y": Self.number(y), "width": Self.number(width), "height": Self.number(height),
            "fill": fill, "stroke": stroke, "stroke-width": "0.8",
        ]
        guard !tooltip.isEmpty else { return xml.element("rect", attributes) }
        xml.element("rect", attributes) { $0.element("title", content: tooltip) }
    }

    /// Draws a straight line from (`x1`, `y1`) to (`x2`, `y2`).
    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, width: Double = 1) {
        xml.element(
            "line",
            [
                "x1": Self.number(x1), "y1": Self.number(y1), "x2": Self.number(x2), "y2": Self.number(y2),
                "stroke": color, "stroke-width": Self.number(width),
            ])
    }

    /// Returns the picture as an element of an HTML page.
    func element(height: Double) -> XML {
        var element = XML(isFragment: true)
        element.element("svg", ["viewBox": "0 0 \(Self.number(width)) \(Self.number(height))", "width": "100%"]) {
            $0.insert(xml)
        }
        return element
    }

    /// Returns the whole document, on white.
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
            document.insert(xml)
        }
        return document.document
    }

    /// Returns the number to a tenth of a pixel, which keeps large pictures small.
    private static func number(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    /// Returns the text, shortened to `length` characters.
    static func clipped(_ text: String, to length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }
}
