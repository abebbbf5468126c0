import Bookings
import SimulationKit

/// The clock of a service that `simulator serve` runs: it stands still until it is moved by the control API.
struct ControlClock: Sendable {
    /// What the clock showed last.
    let clock: VirtualClock
    let address: Address

    /// Why the clock cannot be used.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// How long a move may take, in real time: it ends when everything that it set off has been delivered.
    private static let patience = Duration.seconds(60)

    /// Reads the clock.
    ///
    /// - Throws: `Failure` when the URL does not answer, or when the clock moves by itself.
    func begin(_ web: WebClient) async throws {
        let first = try await now("GET", "/clock", web)
        // Even a clock that is moved every 20 ms has moved by then.
        try await Task.sleep(for: .milliseconds(100))
        guard try await now("GET", "/clock", web) == first else {
            throw Failure(description: "the clock of \(address.url) moves by itself: serve it with --speed 0")
        }
        clock.set(to: first)
    }

    /// Moves the clock to the instant; one that has passed is reached already. Returns when everything that the move set off
    /// has been delivered.
    ///
    /// - Throws: `Failure` when the clock cannot be moved.
    func advance(to instant: Timestamp, _ web: WebClient) async throws {
        // Before the request: what arrives while it is answered arrives at this instant.
        clock.set(to: instant)
        _ = try await now("POST", "/clock/advance", body: #"{"to":"\#(RFC3339.string(clock.now()))"}"#, web)
    }

    private func now(_ method: String, _ path: String, body: String? = nil, _ web: WebClient) async throws -> Timestamp
    {
        let url = address.url + path
        let answer = try? await web.execute(method, url, token: nil, body: body, timeout: Self.patience)
        guard let now = answer?.json?["now"]?.string.flatMap({ RFC3339.parse($0) }) else {
            let reason = answer.map { "answered \($0.status ?? 0) \($0.text.prefix(200))" } ?? "did not answer"
            throw Failure(description: "\(method) \(url) \(reason)")
        }
        return now
    }
}
