import Bookings
import SimulationKit

extension TimelineDrawing {
    private static let laneHeight = 26.0
    private static let barHeight = 15.0
    private static let reminderHeight = 64.0
    /// The average width of a character of a label.
    private static let characterWidth = 6.6
    /// The number of rows of bars in a lane. The last row holds all bars for which there is no room.
    private static let maximumRows = 6

    /// Draws lanes that belong together.
    mutating func group(_ lanes: [TimelineLane]) {
        guard !lanes.isEmpty else { return }
        for lane in lanes { draw(lane) }
        y += Self.gap
    }

    private mutating func draw(_ lane: TimelineLane) {
        let rows = Self.rows(lane.bars.map { (scale.x($0.from), scale.x($0.until), $0.label) })
        let height = max(
            Self.laneHeight, Double((rows.max() ?? 0) + 1) * Self.barHeight + (lane.points.isEmpty ? 6 : 14))
        background(lane.name, height: height)
        for (bar, row) in zip(lane.bars, rows) { draw(bar, top: y + 3 + Double(row) * Self.barHeight) }
        draw(lane.points, from: y + height - 2, upwards: true, maximumHeight: min(height, Self.laneHeight) - 4)
        y += height + 2
    }

    private mutating func background(_ name: String, height: Double) {
        svg.rect(x: scale.left, y: y, width: scale.right - scale.left, height: height, fill: "#f3f5f8")
        svg.text(SVG.clipped(name, to: 22), x: scale.left - 10, y: y + height / 2 + 4, size: 12, anchor: "end")
    }

    /// Draws a bar with its label: inside if it fits, else to the right, or to the left at the edge of the picture.
    private mutating func draw(_ bar: TimelineLane.Bar, top: Double) {
        let (from, until) = (scale.x(bar.from), scale.x(bar.until))
        let tooltip =
            "\(bar.label) \(RFC3339.string(bar.from))"
            + (bar.until > bar.from ? " to \(RFC3339.string(min(bar.until, scale.until)))" : "")
        svg.rect(
            x: from, y: top, width: max(3, until - from), height: 13, fill: "#f2b8b5",
            stroke: TimelineLane.Category.fault.color, tooltip: tooltip)
        let width = Double(bar.label.count) * Self.characterWidth
        let right = max(until, from + 3) + 4
        let (x, anchor) =
            if until - from > width + 6 {
                (from + 4, "start")
            } else if right + width < scale.right {
                (right, "start")
            } else {
                (from - 4, "end")
            }
        svg.text(bar.label, x: x, y: top + 10.5, size: 11, color: "#5a1a20", anchor: anchor)
    }

    /// Returns the row of each bar, chosen so that neither bars nor labels overlap.
    private static func rows(_ bars: [(from: Double, until: Double, label: String)]) -> [Int] {
        var ends: [Double] = []
        return bars.map { bar in
            let width = Double(bar.label.count) * characterWidth + 8
            let end = bar.until - bar.from > width ? bar.until : bar.until + width
            let row = ends.firstIndex { $0 <= bar.from } ?? min(ends.count, maximumRows - 1)
            if row == ends.count { ends.append(end) } else { ends[row] = max(ends[row], end) }
            return row
        }
    }

    /// Draws one stroke for all points that share a pixel, with a part for each category. The length of a part grows
    /// with the logarithm of the number of points, so that 100,000 points remain one small element.
    private mutating func draw(
        _ points: [TimelineLane.Point], from base: Double, upwards: Bool, maximumHeight: Double
    ) {
        var counts: [Int: [TimelineLane.Category: Int]] = [:]
        for point in points { counts[Int(scale.x(point.at)), default: [:]][point.category, default: 0] += 1 }
        for (x, counts) in counts.sorted(by: { $0.key < $1.key }) {
            let parts = TimelineLane.Category.allCases.reversed().compactMap { category in
                counts[category].map { (category: category, count: $0) }
            }
            let lengths = parts.map { 5 + 2.5 * Double($0.count.bitWidth - $0.count.leadingZeroBitCount) }
            let shrink = min(1, maximumHeight / lengths.reduce(0, +))
            var edge = base
            for (part, length) in zip(parts, lengths) {
                let height = length * shrink
                if upwards { edge -= height }
                svg.rect(
                    x: Double(x), y: edge, width: 2, height: height, fill: part.category.color,
                    tooltip: "\(part.count) \(part.category.label)")
                if !upwards { edge += height }
            }
        }
    }

    /// Draws the lane of the reminders: due instants above, sent reminders below, and a line from each to the other.
    mutating func reminders(_ reminders: TimelineReminders) {
        background("reminders", height: Self.reminderHeight)
        let (upper, lower) = (y + 26, y + 38)
        svg.text("due", x: scale.left + 4, y: y + 13, size: 10, color: "#5b6472")
        svg.text("sent", x: scale.left + 4, y: y + 59, size: 10, color: "#5b6472")
        draw(reminders.due, from: upper, upwards: true, maximumHeight: 22)
        draw(reminders.sent, from: lower, upwards: false, maximumHeight: 22)
        var drawn: Set<[Int]> = []
        for pair in reminders.pairs {
            let (from, to) = (scale.x(pair.due) + 1, scale.x(pair.sent) + 1)
            guard drawn.insert([Int(from), Int(to)]).inserted else { continue }
            svg.line(from, upper, to, lower, color: to - from > 2 ? TimelineLane.Category.late.color : "#b7bfca")
        }
        y += Self.reminderHeight + Self.gap + 2
    }
}
