import Bookings

/// The parameters of a statement, numbered in the order in which they are bound.
struct ParameterList {
    private(set) var values: [String?] = []

    /// Adds a value and returns its placeholder.
    mutating func bind(_ value: String?) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    /// Adds an instant in milliseconds and returns its placeholder.
    mutating func bind(_ instant: Timestamp) -> String { bind("\(instant.milliseconds)") }
}
