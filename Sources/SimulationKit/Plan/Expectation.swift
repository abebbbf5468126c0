import Bookings

/// What a scenario file expects of its run.
package struct Expectation: Codable, Hashable, Sendable {
    /// What is counted, or looked at.
    package enum What: Codable, Hashable, Sendable {
        /// The answer to an operation, by its name; `place` is where the file asks for it.
        case answer(operation: String, status: Int?, state: BookingStatus?, version: Int?, rows: Int?, place: String)
        /// The bookings that were created.
        case bookings
        /// The events of a name in the log.
        case events(String)
    }

    package let what: What
    /// How many there must be.
    package let count: Int
}

extension Expectation.What {
    static func answer(to operation: String, _ expected: ScenarioExpectation, _ place: String) -> Self {
        .answer(
            operation: operation, status: expected.status, state: expected.state, version: expected.version,
            rows: expected.rows, place: place)
    }
}
