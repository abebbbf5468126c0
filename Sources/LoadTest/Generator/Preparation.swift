import Bookings
import NIOCore

/// What happens to the providers of a generator before the load.
struct Preparation: Sendable {
    let settings: LoadSettings
    let clock: any WallClock
    let generator: NIOLoopBound<LoadGenerator>

    private static let concurrency = 16

    /// Issues the tokens that are missing, and books the first slots of each provider.
    func run() async throws {
        let count = try await generator.run(\.providers.count)
        try await forEach(0..<count) { number in
            if try await generator.run({ $0.providers[number].token.isEmpty }) { try await authorize(number) }
            try await bookFirstSlots(of: number)
        }
    }

    func forEach(_ range: Range<Int>, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            for first in range.prefix(Self.concurrency) {
                group.addTask {
                    for number in stride(from: first, to: range.upperBound, by: Self.concurrency) {
                        try await body(number)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Sends a request that must be answered by this status.
    func exchange(_ name: String, _ status: Int, _ bytes: ByteBuffer) async throws -> ByteBuffer {
        let timeout = settings.timeout
        let response: ResponseReader.Response = try await generator.finish { generator, promise in
            generator.pool.send(bytes, deadline: .now().advanced(by: timeout)) { outcome in
                promise.completeWith(outcome.mapError { $0 as any Error })
            }
        }
        guard response.status == status else {
            throw LoadError.unusable(
                request: name, response: "\(response.status): \(String(buffer: response.body).prefix(300))")
        }
        return response.body
    }

    // MARK: - Tokens

    private func authorize(_ number: Int) async throws {
        let provider = try await generator.run { $0.providers[number].id }
        let seconds = (settings.shape.duration + .seconds(7200)).wholeMilliseconds / 1000
        let request = UnauthenticatedRequest(target: settings.target)
        let body = #"{"sub":"\#(provider)","roles":["provider"],"ttl_seconds":\#(seconds)}"#
        let answer: ByteBuffer
        do {
            answer = try await exchange("POST /auth/token", 200, request.post("/auth/token", body: body))
        } catch LoadError.unusable(let name, let response) {
            throw LoadError.unusable(request: name, response: "\(response) (set JWT_SECRET or --secret)")
        }
        guard let token = try? JSONValue.parse(Array(answer.readableBytesView))["access_token"]?.string else {
            throw LoadError.unusable(request: "POST /auth/token", response: "a body without a token")
        }
        let target = settings.target
        try await generator.run { $0.providers[number].authorize(token, for: target) }
    }

    // MARK: - Bookings

    /// Books slot 0: the first booking to read, and that with which creates conflict on purpose. Actions need two more.
    private func bookFirstSlots(of number: Int) async throws {
        let none = ServiceID(high: 0, low: 0)
        let first = try await book { $0.providers[number].requests.create(none, $0.providers[number].occupiedSlot) }
        if first.isPending { try await confirm(first.id, of: number) }
        try await generator.run { $0.providers[number].readable.append(first.id) }
        guard settings.mix.kinds.contains(where: \.isAction) else { return }
        let cancelled = try await book { $0.providers[number].requests.create(none, $0.providers[number].takeSlot()) }
        let moved = try await book { $0.providers[number].requests.create(none, $0.providers[number].takeSlot()) }
        try await generator.run { $0.providers[number].spare = (cancelled.id, moved.id) }
    }

    private func book(_ request: @escaping @Sendable (LoadGenerator) -> ByteBuffer) async throws -> CreatedBooking {
        let body = try await exchange("POST /bookings", 201, try await generator.run(request))
        guard let booking = CreatedBooking(body) else {
            throw LoadError.unusable(request: "POST /bookings", response: "a body without an id")
        }
        return booking
    }

    func confirm(_ id: BookingID, of number: Int) async throws {
        let bytes = try await generator.run { $0.providers[number].requests.action("/confirm", id) }
        _ = try await exchange("POST /bookings/{id}/confirm", 200, bytes)
    }
}
