import Bookings

/// A condition of a load test and whether it holds, for reports that count passed and failed tests.
package struct LoadCheck: Sendable, Equatable {
    package let name: String
    /// Why it does not hold; `nil` if it does.
    package let failure: String?
}

extension LoadResult {
    /// The objectives, the comparison with an earlier result, and what holds without being named.
    package var checks: [LoadCheck] {
        let objectives = verdicts.map { objective, verdict in
            LoadCheck(name: objective.description, failure: verdict.isMissed ? verdict.detail : nil)
        }
        let compared = comparison.map { LoadCheck(name: $0.name, failure: $0.isWorse ? $0.description : nil) }
        let generator = LoadCheck(name: "the load generator is not saturated", failure: saturation)
        let errors = settings.allowsErrors ? [] : errors
        let outcome = LoadCheck(
            name: "nothing failed", failure: errors.isEmpty ? nil : errors.joined(separator: "\n"))
        return objectives + compared + [generator, outcome]
    }
}
