import Bookings
import SimulationKit

/// A row of the timeline: bars for periods, and strokes for instants in front of them.
struct TimelineLane: Sendable {
    /// What a point of time is, shown by its color.
    ///
    /// The cases are in ascending order of importance: where points share a pixel, the most important is drawn lowest.
    enum Category: String, CaseIterable, Sendable {
        case event, reminder, due, success, refused, late, fault, unknown, violation

        var color: String {
            switch self {
            case .event: "#8d99ae"
            case .reminder: "#2f6fde"
            case .due: "#5b6472"
            case .success: "#2a9d5c"
            case .refused: "#e0a100"
            case .late: "#f07f13"
            case .fault: "#8c2f39"
            case .unknown: "#7b2cbf"
            case .violation: "#d00000"
            }
        }

        /// The text of the legend.
        var label: String {
            switch self {
            case .event: "event"
            case .reminder: "reminder"
            case .due: "reminder due"
            case .success: "2xx, sent on time"
            case .refused: "3xx, 4xx"
            case .late: "sent late"
            case .fault: "fault"
            case .unknown: "no answer, 5xx"
            case .violation: "violated, never sent"
            }
        }
    }

    /// An instant, drawn as a stroke.
    struct Point: Hashable, Sendable {
        let at: Timestamp
        let category: Category
    }

    /// A period, drawn as a bar with its label.
    struct Bar: Hashable, Sendable {
        let from: Timestamp
        /// Equal to `from` for a single instant.
        let until: Timestamp
        let label: String
    }

    /// The label at the left of the lane.
    let name: String
    var points: [Point] = []
    var bars: [Bar] = []
}
