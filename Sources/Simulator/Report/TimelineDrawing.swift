import Bookings
import SimulationKit

/// Draws the parts of a timeline one below the other. Lengths are in pixels.
struct TimelineDrawing {
    let scale: TimelineScale
    var svg = SVG(width: Timeline.width)
    /// The top of the next part.
    var y = 0.0
    /// The top of the first lane.
    private(set) var lanesTop = 0.0

    /// The space between groups of lanes.
    static let gap = 12.0

    init(scale: TimelineScale) {
        self.scale = scale
    }

    /// Draws the head of the picture.
    mutating func title(_ title: String, _ subtitle: String) {
        svg.text(title, x: 16, y: 30, size: 20, weight: "bold")
        svg.text(subtitle, x: 16, y: 52, size: 13, color: "#444")
        y = 76
    }

    /// Draws a box with its meaning for each color.
    mutating func legend() {
        var x = 16.0
        for category in TimelineLane.Category.allCases {
            svg.rect(x: x, y: y - 10, width: 11, height: 11, fill: category.color)
            svg.text(category.label, x: x + 16, y: y, size: 12)
            x += 16 + Double(category.label.count) * 7 + 24
        }
        y += 22
    }

    /// Draws the axis above the lanes.
    mutating func beginLanes() {
        for tick in scale.ticks {
            let x = scale.x(tick.at)
            if let date = tick.date { svg.text(date, x: x, y: y + 2, size: 12, weight: "bold", anchor: "middle") }
            svg.text(tick.time, x: x, y: y + 17, size: 12, anchor: "middle")
        }
        y += 24
        lanesTop = y
    }

    /// Draws the grid through all lanes.
    mutating func endLanes() {
        for tick in scale.ticks {
            svg.line(scale.x(tick.at), lanesTop, scale.x(tick.at), y - Self.gap, color: "#c9d0da", width: 0.6)
        }
    }

    /// Returns the SVG document.
    mutating func finish() -> String { svg.document(height: y + 14) }
}

// MARK: - Violations

extension TimelineDrawing {
    private static let maximumViolations = 30

    /// Marks the first 30 violations by numbered lines through the lanes, and describes them below.
    mutating func violations(_ violations: [(violation: Violation, at: Timestamp?)]) {
        guard !violations.isEmpty else { return }
        let shown = violations.prefix(Self.maximumViolations)
        for (index, entry) in shown.enumerated() {
            if let at = entry.at { mark(number: index + 1, at: at) }
        }
        y += 48
        for (index, entry) in shown.enumerated() {
            let at = entry.at.map { " at \(RFC3339.string($0))" } ?? ""
            let line = "\(index + 1)  \(entry.violation.invariant)\(at): \(entry.violation.detail)"
            svg.text(
                SVG.clipped(line, to: 230), x: 16, y: y, size: 12, color: TimelineLane.Category.violation.color)
            y += 18
        }
        guard violations.count > shown.count else { return }
        svg.text("and \(violations.count - shown.count) more", x: 16, y: y, size: 12)
        y += 18
    }

    private mutating func mark(number: Int, at instant: Timestamp) {
        let x = scale.x(instant)
        let color = TimelineLane.Category.violation.color
        svg.line(x, lanesTop - 4, x, y - Self.gap, color: color, width: 1.4)
        // Three heights in turn keep the numbers of neighbours legible.
        let top = y - Self.gap + 9 + Double((number - 1) % 3) * 13
        svg.text("\(number)", x: x, y: top, size: 11, weight: "bold", color: color, anchor: "middle")
    }
}
