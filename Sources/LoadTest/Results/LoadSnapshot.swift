/// What an observer of a running load test is told.
package enum LoadSnapshot: Sendable {
    case prepared(listeners: Int, of: Int)
    /// A second is over; `listeners` are connected.
    case second(Int, LoadPoint, listeners: Int)
    /// A step of a search for the limit is over.
    case stepped(rate: Double, isHeld: Bool, reasons: [String])
}
