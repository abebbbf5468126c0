import Bookings

extension Probe {
    /// Returns when the service has reached the instant: real time passes, or the control moves the clock.
    func reach(_ instant: Timestamp) async throws {
        if let control = service.control {
            do { return try await control.advance(to: instant, service.web) } catch let error as ControlClock.Failure {
                throw ProbeEnd.notTestable(error.description)
            }
        }
        while service.clock.now() < instant {
            try await Task.sleep(for: min(service.clock.now().duration(to: instant), .seconds(1)))
        }
    }

    /// Repeats a request until the condition holds for what it returned; `nil` when that takes more than ten seconds.
    func repeated<Value>(
        _ request: () async throws -> Value, until condition: (Value) -> Bool
    ) async throws -> Value? {
        for _ in 0..<50 {
            let value = try await request()
            if condition(value) { return value }
            try await Task.sleep(for: .milliseconds(200))
        }
        return nil
    }

    /// Ends the probe when the service's clock, as its response shows it, has not reached an instant that has passed here: what
    /// is missing then shows that the clocks differ, and nothing about the promise.
    func requireReached(_ instant: Timestamp, by exchange: Exchange) throws {
        guard let date = exchange.header("Date").flatMap({ HTTPDate.parse($0, now: service.clock.now()) }),
            date + .seconds(1) <= instant
        else {
            return
        }
        throw ProbeEnd.notTestable("the service's clock is \(date.duration(to: instant)) or more behind this one")
    }
}
