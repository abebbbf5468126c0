import Bookings
import SimulationKit
import Synchronization

/// A running load test: sends requests at the plan's instants, however slow the service is (an open-loop load).
package final class LoadRun: Sendable {
    private struct State {
        var measures = LoadMeasures()
        var inFlight = 0
        /// The bookings of each provider that exist.
        var known: [[BookingID]]
    }

    let plan: LoadPlan
    private let service: LoadService
    private let providers: [ProviderID]
    private let audience: LoadAudience
    /// When slot 0 of each provider begins: after the end of the load test.
    private let firstSlot: Timestamp
    private let maximumInFlight: Int
    private let state: Mutex<State>

    private static let slotLength = Duration.seconds(15 * 60)
    private static let progressEvery = Duration.seconds(5)

    /// - Parameter now: Makes the ids differ from those of an earlier load test with the same seed, whose slots are taken.
    package init(plan: LoadPlan, service: LoadService, maximumInFlight: Int, now: Timestamp) {
        self.plan = plan
        self.service = service
        self.maximumInFlight = maximumInFlight
        var generator = SeededGenerator(seed: plan.seed, for: "load of \(now.milliseconds)")
        providers = (0..<plan.providers).map { _ in generator.identifier() }
        audience = LoadAudience(providers: plan.providers, mark: generator.next())
        let hour: Int64 = 3_600_000
        firstSlot = Timestamp(milliseconds: (now.milliseconds / hour + 3) * hour) + plan.duration
        state = Mutex(State(known: Array(repeating: [], count: plan.providers)))
    }

    /// Books slot 0 of each provider, opens the sockets, sends the load, and waits for the last events.
    ///
    /// - Parameters:
    ///   - secret: The secret of the service's tokens; `nil` to let the service issue them.
    ///   - progress: Receives a line for an operator every five seconds.
    package func run(
        secret: String?, sockets: Int, progress: @escaping @Sendable (String) -> Void
    ) async throws -> LoadMeasures {
        let tokens = try await service.tokens(of: providers, secret: secret, lifetime: plan.duration + .seconds(3600))
        try await prepare(tokens)
        await audience.open(sockets, tokens: tokens, by: service)
        progress("\(providers.count) providers, \(audience.frames.socketsOpen) of \(sockets) sockets open")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.reportProgress(progress) }
            await load(tokens)
            group.cancelAll()
        }
        var measures = state.withLock(\.measures)
        measures.frames = await audience.finish()
        await audience.close()
        return measures
    }

    /// Books slot 0 of each provider: the first bookings to read, and those with which creates conflict on purpose.
    private func prepare(_ tokens: [String]) async throws {
        for provider in providers.indices {
            let body = creationBody(provider: provider, slot: 0, service: ServiceID(high: 0, low: 0))
            let answer = try await service.send("POST", "/bookings", token: tokens[provider], body: body)
            guard answer.status == 201, let id = answer.json?["id"]?.string.flatMap({ BookingID($0) }) else {
                throw LoadService.Unusable(
                    description: "POST /bookings was answered by \(answer.status ?? 0): \(answer.text)")
            }
            state.withLock { $0.known[provider].append(id) }
        }
    }

    // MARK: - Under load

    private func load(_ tokens: [String]) async {
        let begunAt = ContinuousClock.now
        audience.begin(at: begunAt)
        await withDiscardingTaskGroup { group in
            for arrival in plan {
                let due = begunAt + arrival.due
                try? await ContinuousClock().sleep(until: due, tolerance: .zero)
                guard start(arrival, due: due) else { continue }
                group.addTask { await self.send(arrival, due: due, token: tokens[arrival.provider]) }
            }
        }
    }

    /// Counts the request as sent, or as unsent and returns `false` if as many are in flight as may be.
    private func start(_ arrival: LoadPlan.Arrival, due: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.inFlight < maximumInFlight else {
                state.measures.leaveUnsent(arrival.kind)
                return false
            }
            state.inFlight += 1
            state.measures.send(arrival.kind, lag: due.duration(to: .now))
            return true
        }
    }

    /// Sends one request. Its latency counts from when it was due, not from when it was sent, which corrects for
    /// coordinated omission: a request that had to wait because the service was slow is late to its client, too.
    private func send(_ arrival: LoadPlan.Arrival, due: ContinuousClock.Instant, token: String) async {
        do {
            let answer = try await ask(arrival, token)
            let latency = due.duration(to: .now)
            let made = answer.status == 201 ? answer.json?["id"]?.string.flatMap { BookingID($0) } : nil
            state.withLock { state in
                state.inFlight -= 1
                state.measures.answer(arrival, status: answer.status ?? 0, latency: latency)
                if let made { state.known[arrival.provider].append(made) }
            }
            if made != nil { audience.expectFrames(of: arrival.provider) }
        } catch {
            state.withLock { state in
                state.inFlight -= 1
                state.measures.fail(arrival.kind, LoadService.reason(error))
            }
        }
    }

    private func ask(_ arrival: LoadPlan.Arrival, _ token: String) async throws -> WebClient.Answer {
        switch arrival.kind {
        case .create:
            let service = audience.service(dueAfter: arrival.due)
            let body = creationBody(provider: arrival.provider, slot: arrival.slot, service: service)
            return try await self.service.send("POST", "/bookings", token: token, body: body)
        case .get:
            let id = state.withLock { state in
                let known = state.known[arrival.provider]
                return known[Int(arrival.pick * Double(known.count))]
            }
            return try await service.send("GET", "/bookings/\(id)", token: token)
        case .list:
            return try await service.send("GET", "/bookings/upcoming?limit=20", token: token)
        }
    }

    private func creationBody(provider: Int, slot: Int, service: ServiceID) -> String {
        let start = firstSlot + Self.slotLength * slot
        return """
            {"provider_id":"\(providers[provider])","service_id":"\(service)",\
            "start_time":"\(RFC3339.string(start))","end_time":"\(RFC3339.string(start + Self.slotLength))"}
            """
    }

    private func reportProgress(_ progress: @Sendable (String) -> Void) async {
        var before: UInt64 = 0
        for beat in 1... {
            guard (try? await ContinuousClock().sleep(for: Self.progressEvery)) != nil else { return }
            let (measures, inFlight) = state.withLock { ($0.measures, $0.inFlight) }
            let rate = Double(measures.sent - before) / Self.progressEvery.inSeconds
            before = measures.sent
            let frames = audience.frames
            progress(
                "\(Int(Self.progressEvery.inSeconds) * beat)s: \(measures.sent) sent (\(Int(rate))/s), "
                    + "\(inFlight) in flight, \(measures.unsent) unsent, \(measures.failed) failed, "
                    + "\(frames.sample.histogram.totalCount) frames on \(frames.socketsOpen) sockets")
        }
    }
}
