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

    private func forEach(_ range: Range<Int>, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
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
    private func exchange(_ name: String, _ status: Int, _ bytes: ByteBuffer) async throws -> ByteBuffer {
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

    /// Returns the reminder lead that the service reports; the longest of several.
    func reportedLead() async throws -> Duration {
        let body = try await exchange(
            "GET /health", 200, UnauthenticatedRequest(target: settings.target).get("/health"))
        let health = try? JSONValue.parse(Array(body.readableBytesView))
        guard case .array(let leads)? = health?["details"]?["reminders"]?["lead_minutes"],
            let longest = leads.compactMap(\.double).max()
        else { throw LoadError.noLead }
        return .milliseconds(Int64((longest * 60_000).rounded()))
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

    private func confirm(_ id: BookingID, of number: Int) async throws {
        let bytes = try await generator.run { $0.providers[number].requests.action("/confirm", id) }
        _ = try await exchange("POST /bookings/{id}/confirm", 200, bytes)
    }

    // MARK: - Reminders

    /// How long before its due instant a reminder must be armed, so that it is not late for that reason.
    private static let armingMargin = Duration.seconds(1)

    /// Books what is reminded of during the load, spread evenly over it and over the providers.
    func arm(for begin: Timestamp, lead: Duration, part: Int, of parts: Int) async throws {
        let own = (0..<settings.reminders).filter { $0 % settings.providers % parts == part }
        let length = settings.shape.duration.inSeconds * 1000 / Double(settings.reminders)
        try await forEach(0..<own.count) { index in
            let number = own[index]
            let due = begin + .milliseconds(Int64((Double(number) + 0.5) * length))
            try await arm(due, lead, provider: number % settings.providers / parts)
        }
    }

    private func arm(_ due: Timestamp, _ lead: Duration, provider: Int) async throws {
        let (number, bytes) = try await generator.run { generator in
            let provider = generator.providers[provider]
            provider.reminders.append(ProviderState.Reminder(due: due))
            let number = provider.reminders.count - 1
            let slot = TimeSpan(due + lead, lasting: .milliseconds(1))
            return (number, provider.requests.create(provider.marks.reminder(number), slot))
        }
        let created = CreatedBooking(try await exchange("POST /bookings", 201, bytes))
        if let created, created.isPending { try await confirm(created.id, of: provider) }
        let isArmed = clock.now() + Self.armingMargin < due
        try await generator.run { generator in
            guard isArmed else { return generator.measures.frames.reminders.unarmed += 1 }
            generator.measures.frames.reminders.armed += 1
            let listeners = generator.providers[provider].listeners
            generator.providers[provider].reminders[number].owed = listeners
        }
    }
}

/// A request without a token.
struct UnauthenticatedRequest {
    let target: LoadTarget

    private var fields: String {
        " HTTP/1.1\r\nHost: \(target.address.authority)\r\n\(target.headers.map { "\($0)\r\n" }.joined())"
    }

    func get(_ path: String) -> ByteBuffer { ByteBuffer(string: "GET \(target.prefix)\(path)\(fields)\r\n") }

    func post(_ path: String, body: String, type: String = "application/json") -> ByteBuffer {
        ByteBuffer(
            string: "POST \(target.prefix)\(path)\(fields)Content-Type: \(type)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}
