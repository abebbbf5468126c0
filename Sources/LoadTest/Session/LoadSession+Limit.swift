import Bookings

extension LoadSession {
    /// Searches the highest constant rate that holds the objectives.
    ///
    /// - Parameters:
    ///   - rate: The rate of the first step.
    ///   - step: The measured part of each step; a quarter of it is sent before.
    package func findLimit(
        from rate: Double, step: Duration, observe: @escaping @Sendable (LoadSnapshot) -> Void
    ) async throws -> LoadResult {
        try await withWorkers { preparation in
            observe(.prepared(listeners: preparation.listeners, of: self.settings.listeners))
            var search = LimitSearch(from: rate)
            var best: LoadResult?
            var last: LoadResult?
            var number: UInt64 = 0
            while let rate = search.next, self.stopReason == nil {
                number += 1
                var result = try await self.step(rate, step, number, preparation, observe)
                if result.saturation != nil, self.stopReason == nil {
                    // Other work of the machine may have been the reason, and be over.
                    number += 1
                    result = try await self.step(rate, step, number, preparation, observe)
                }
                result.rate = rate
                last = result
                // A step that was interrupted tells nothing about its rate.
                if self.stopReason != nil { break }
                search.record(held: result.isPassed)
                observe(.stepped(rate: rate, isHeld: result.isPassed, reasons: result.failures))
                if result.isPassed { best = result }
                // A rate that this program cannot send says nothing about the service.
                if result.saturation != nil { break }
            }
            guard var found = best ?? last else { return self.result(StepOutcome(), preparation) }
            found.limit = LoadLimit(held: search.held, missed: search.missed, isGenerators: last?.saturation != nil)
            found.stopReason = self.stopReason
            return found
        }
    }

    private func step(
        _ rate: Double, _ length: Duration, _ number: UInt64, _ preparation: LoadPreparation,
        _ observe: @escaping @Sendable (LoadSnapshot) -> Void
    ) async throws -> LoadResult {
        let warmUp = length / 4
        let shape = LoadShape(rate: rate, duration: warmUp + length)
        let begin = clock.now() + Self.startDelay
        return result(
            try await run(shape, settings.seed &+ number, begin, warmUp: warmUp, observe), preparation)
    }
}
