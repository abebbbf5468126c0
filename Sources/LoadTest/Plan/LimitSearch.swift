/// A search for the highest rate that holds: doubles or halves the rate until the limit is between two rates, and then
/// divides what is between them.
package struct LimitSearch: Sendable {
    /// The highest rate that held.
    package private(set) var held: Double?
    /// The lowest rate that did not hold.
    package private(set) var missed: Double?
    private var rate: Double

    /// The search ends when the two rates differ by less than this factor.
    private static let precision = 1.05
    private static let lowest = 0.1
    private static let highest = 1e6

    package init(from rate: Double) { self.rate = rate }

    /// The rate to be tried; `nil` at the end of the search.
    package var next: Double? {
        if let held, let missed, missed / held < Self.precision { return nil }
        return (Self.lowest...Self.highest).contains(rate) ? rate : nil
    }

    /// Takes the outcome of the rate that was tried.
    package mutating func record(held isHeld: Bool) {
        if isHeld { held = rate } else { missed = rate }
        switch (held, missed) {
        case (let held?, let missed?): rate = (held * missed).squareRoot()
        case (let held?, nil): rate = held * 2
        case (nil, let missed?): rate = missed / 2
        case (nil, nil): break
        }
    }
}
