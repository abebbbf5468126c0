import Bookings
import SimulationKit

/// Draws lanes, one below the other, as SVG.
struct TimelineDrawing {
    private let scale: TimelineScale
    private var svg = SVG(width: Timeline.width)
    private var y = 0.0
    private var lanesFrom = 0.0

    private static let laneHeight = 26.0
    private static let gap = 12.0
    private static let reminderHeight = 64.0
    /// A character of a label, on average, in pixels.
    private static let characterWidth = 6.6

    init(scale: TimelineScale) {
        self.scale = scale
    }

    // MARK: - Head

    mutating func title(_ title: String, _ subtitle: String) {
        svg.text(title, x: 16, y: 30, size: 20, weight: "bold")
        svg.text(subtitle, x: 16, y: 52, size: 13, colour: "#444")
        y = 76
    }

    mutating func legend() {
        var x = 16.0
        for tone in TimelineLane.Tone.allCases {
            svg.rect(x: x, y: y - 10, width: 11, height: 11, fill: tone.colour)
            svg.text(tone.meaning, x: x + 16, y: y, size: 12)
            x += 16 + Double(tone.meaning.count) * 7 + 24
        }
        y += 22
    }

    /// The axis above the lanes.
    mutating func beginLanes() {
        for tick in scale.ticks {
            let x = scale.x(tick.at)
            if let date = tick.date { svg.text(date, x: x, y: y + 2, size: 12, weight: "bold", anchor: "middle") }
            svg.text(tick.time, x: x, y: y + 17, size: 12, anchor: "middle")
        }
        y += 24
        lanesFrom = y
    }

    // MARK: - Lanes

    mutating func group(_ lanes: [TimelineLane]) {
        for lane in lanes { draw(lane) }
        y += Self.gap
    }

    private mutating func draw(_ lane: TimelineLane) {
        let rows = Self.rows(lane.bars.map { (scale.x($0.from), scale.x($0.until), $0.label) })
        let height = max(Self.laneHeight, Double((rows.max() ?? 0) + 1) * 15 + (lane.points.isEmpty ? 6 : 14))
        background(lane.name, height: height)
        for (bar, row) in zip(lane.bars, rows) { draw(bar, top: y + 3 + Double(row) * 15) }
        draw(lane.points, bottom: y + height - 2, up: true, most: min(height - 4, Self.laneHeight - 4))
        y += height + 2
    }

    private mutating func background(_ name: String, height: Double) {
        svg.rect(x: scale.left, y: y, width: scale.right - scale.left, height: height, fill: "#f3f5f8")
        svg.text(SVG.clipped(name, to: 22), x: scale.left - 10, y: y + height / 2 + 4, size: 12, anchor: "end")
    }

    private mutating func draw(_ bar: TimelineLane.Bar, top: Double) {
        let (from, until) = (scale.x(bar.from), scale.x(bar.until))
        let tip =
            "\(bar.label) \(RFC3339.string(bar.from))"
            + (bar.until > bar.from ? " to \(RFC3339.string(min(bar.until, scale.until)))" : "")
        svg.rect(
            x: from, y: top, width: max(3, until - from), height: 13, fill: "#f2b8b5",
            stroke: TimelineLane.Tone.fault.colour, tip: tip)
        let width = Double(bar.label.count) * Self.characterWidth
        if until - from > width + 6 {
            svg.text(bar.label, x: from + 4, y: top + 10.5, size: 11, colour: "#5a1a20")
        } else if max(until, from + 3) + 4 + width < scale.right {
            svg.text(bar.label, x: max(until, from + 3) + 4, y: top + 10.5, size: 11, colour: "#5a1a20")
        } else {
            svg.text(bar.label, x: from - 4, y: top + 10.5, size: 11, colour: "#5a1a20", anchor: "end")
        }
    }

    /// The row of each bar, so that neither bars nor their labels lie over each other; the last rows hold the rest.
    private static func rows(_ bars: [(from: Double, until: Double, label: String)]) -> [Int] {
        let most = 6
        var ends: [Double] = []
        return bars.map { bar in
            let width = Double(bar.label.count) * characterWidth + 8
            let end = bar.until - bar.from > width ? bar.until : bar.until + width
            let row = ends.firstIndex { $0 <= bar.from } ?? min(ends.count, most - 1)
            if row == ends.count { ends.append(end) } else { ends[row] = max(ends[row], end) }
            return row
        }
    }

    /// Points that fall into one pixel are one stroke, as long as they are many; each tone has its part of it.
    private mutating func draw(_ points: [TimelineLane.Point], bottom: Double, up: Bool, most: Double) {
        var counts: [Int: [TimelineLane.Tone: Int]] = [:]
        for point in points { counts[Int(scale.x(point.at)), default: [:]][point.tone, default: 0] += 1 }
        for (x, tones) in counts.sorted(by: { $0.key < $1.key }) {
            let worstFirst = TimelineLane.Tone.allCases.reversed().filter { tones[$0] != nil }
            let lengths = worstFirst.map {
                5 + 2.5 * Double((tones[$0] ?? 0).bitWidth - (tones[$0] ?? 0).leadingZeroBitCount)
            }
            let shrink = min(1, most / lengths.reduce(0, +))
            var edge = bottom
            for (tone, length) in zip(worstFirst, lengths) {
                let height = length * shrink
                if up { edge -= height }
                svg.rect(
                    x: Double(x), y: edge, width: 2, height: height, fill: tone.colour,
                    tip: "\(tones[tone] ?? 0) \(tone.meaning)")
                if !up { edge += height }
            }
        }
    }

    /// Due instants above, recorded reminders below, and a line between where they lie apart.
    mutating func reminders(_ reminders: TimelineReminders) {
        background("reminders", height: Self.reminderHeight)
        let (upper, lower) = (y + 26, y + 38)
        svg.text("due", x: scale.left + 4, y: y + 13, size: 10, colour: "#5b6472")
        svg.text("sent", x: scale.left + 4, y: y + 59, size: 10, colour: "#5b6472")
        draw(reminders.due, bottom: upper, up: true, most: 22)
        draw(reminders.sent, bottom: lower, up: false, most: 22)
        var seen: Set<[Int]> = []
        for pair in reminders.pairs {
            let (from, to) = (scale.x(pair.due) + 1, scale.x(pair.sent) + 1)
            guard seen.insert([Int(from), Int(to)]).inserted else { continue }
            svg.line(from, upper, to, lower, colour: to - from > 2 ? TimelineLane.Tone.late.colour : "#b7bfca")
        }
        y += Self.reminderHeight + Self.gap + 2
    }

    /// The grid, through all lanes.
    mutating func endLanes() {
        for tick in scale.ticks {
            svg.line(scale.x(tick.at), lanesFrom, scale.x(tick.at), y - Self.gap, colour: "#c9d0da", width: 0.6)
        }
    }

    // MARK: - Violations

    /// A numbered line through the lanes at each, and its sentence below; the first thirty.
    mutating func violations(_ violations: [(violation: Violation, at: Timestamp?)]) {
        let most = 30
        for (index, entry) in violations.prefix(most).enumerated() {
            guard let at = entry.at else { continue }
            let x = scale.x(at)
            svg.line(x, lanesFrom - 4, x, y - Self.gap, colour: TimelineLane.Tone.bad.colour, width: 1.4)
            // Numbers of neighbours stand in steps, so that they can be read.
            let top = y - Self.gap + 9 + Double(index % 3) * 13
            svg.text(
                "\(index + 1)", x: x, y: top, size: 11, weight: "bold", colour: TimelineLane.Tone.bad.colour,
                anchor: "middle")
        }
        y += violations.isEmpty ? 0 : 48
        for (index, entry) in violations.prefix(most).enumerated() {
            let at = entry.at.map { " at \(RFC3339.string($0))" } ?? ""
            let text = "\(index + 1)  \(entry.violation.invariant)\(at): \(entry.violation.detail)"
            svg.text(SVG.clipped(text, to: 230), x: 16, y: y, size: 12, colour: TimelineLane.Tone.bad.colour)
            y += 18
        }
        if violations.count > most { svg.text("and \(violations.count - most) more", x: 16, y: y, size: 12) }
        y += violations.count > most ? 18 : 0
    }

    mutating func finish() -> String { svg.document(height: y + 14) }
}
