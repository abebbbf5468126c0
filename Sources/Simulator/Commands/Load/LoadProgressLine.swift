import LoadTest

/// A line for an operator about a running load test.
struct LoadProgressLine {
    let text: String

    init(_ snapshot: LoadSnapshot) {
        switch snapshot {
        case .prepared(let listeners, let wanted): text = "\(listeners) of \(wanted) listeners connected"
        case .second(let number, let point, let listeners):
            text = "\(number)s: \(point.summary), \(listeners) listeners"
        case .stepped(let rate, let isHeld, let reasons):
            let verdict = isHeld ? "held" : "not held: \(reasons.joined(separator: "; "))"
            text = "\(Int(rate)) requests a second: \(verdict)"
        }
    }
}
