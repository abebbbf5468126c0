import Bookings
import SimulationKit

/// A run of all promises against a service.
package struct ConformanceRun: Sendable {
    /// What a run is asked for.
    package struct Options: Sendable {
        package var profile = Profile()
        package var targets: [Address] = []
        package var secret: [UInt8] = []
        package var issuer: String?
        package var audience: String?
        /// Whether reminders with a lead longer than `longestQuickLead` are waited for.
        package var waitsForReminders = false
        package var isReadOnly = false
        /// The provider, a UUID in lower case, to whom all bookings of the run belong; `nil` for providers of each probe's own.
        package var tenant: String?
        /// The control API of a service that `simulator serve` runs; `nil` for a service whose clock runs.
        package var control: Address?
        /// The promises to judge; `nil` for all.
        package var only: Set<String>?

        package init() {}
    }

    /// A lead up to which reminders are always waited for.
    package static let longestQuickLead = Duration.seconds(30)

    private static let needsOwnProvider = "--tenant: this takes providers without other bookings"

    private let options: Options
    private let service: ServiceUnderTest

    /// - Parameter makeIdentifier: Returns a new UUID with each call; a run's providers and customers have them.
    package init(_ options: Options, clock: any WallClock, makeIdentifier: @escaping @Sendable () -> String) {
        self.options = options
        let control = options.control.map {
            ControlClock(clock: VirtualClock(at: Timestamp(milliseconds: 0)), address: $0)
        }
        let clock = control?.clock ?? clock
        let people = PersonRegistry(
            profile: options.profile, secret: options.secret, issuer: options.issuer, audience: options.audience,
            clock: clock)
        service = ServiceUnderTest(
            profile: options.profile, targets: options.targets, people: people, clock: clock,
            tenant: options.tenant, control: control, makeIdentifier: makeIdentifier)
    }

    /// Judges every promise, and cancels the bookings of the run. The results are in the order of the registry.
    ///
    /// - Throws: `SimulatorError.servicesMissing` when a target does not answer, or refuses the tokens.
    package func results() async throws -> [PromiseResult] {
        if let reason = await reasonNotToBegin() {
            await service.web.shutdown()
            throw SimulatorError.servicesMissing(reason)
        }
        if !options.isReadOnly { await beginBehindTenant() }
        let (waiting, others) = (Promise.all.filter(isWaiting), Promise.all.filter { !isWaiting($0) })
        var outcomes: [String: PromiseOutcome] = [:]
        await withTaskGroup(of: [(String, PromiseOutcome)].self) { group in
            for promise in waiting { group.addTask { [(promise.id, await outcome(of: promise))] } }
            group.addTask {
                var results: [(String, PromiseOutcome)] = []
                for promise in others.sorted(by: { !$0.requirement.takesTime && $1.requirement.takesTime }) {
                    results.append((promise.id, await outcome(of: promise)))
                }
                return results
            }
            for await results in group { for (id, outcome) in results { outcomes[id] = outcome } }
        }
        await service.cancelAll()
        await service.web.shutdown()
        return Promise.all.map { PromiseResult(promise: $0, outcome: outcomes[$0.id] ?? .notTestable(reason: "")) }
    }

    /// Why nothing can be judged: a target does not answer, or refuses every token of the run.
    private func reasonNotToBegin() async -> String? {
        do { try await service.control?.begin(service.web) } catch { return "\(error)" }
        let provider = service.people.person("provider", service.tenant ?? service.identifier(), [.provider])
        for (replica, target) in options.targets.enumerated() {
            let list = await service.send("GET", options.profile.path(.upcoming), as: provider, replica: replica)
            if list.status == nil { return "\(target.url) did not answer" }
            guard list.status == options.profile.status(.unauthenticated) else { continue }
            return "\(target.url) refuses tokens that are signed with this secret: \(list.line)"
        }
        return nil
    }

    /// Lets the run's bookings be later than those that the tenant has already. Where these cannot be read, probes name the
    /// conflict.
    private func beginBehindTenant() async {
        guard service.tenant != nil else { return }
        let probe = Probe(service, level: .seed)
        if let end = try? await probe.latestEnd(of: probe.provider()) { service.begin(after: end) }
    }

    /// Whether a promise is judged beside the others, because it waits in real time. A clock that is moved is moved for all.
    private func isWaiting(_ promise: Promise) -> Bool { promise.requirement == .waits && options.control == nil }

    private func outcome(of promise: Promise) async -> PromiseOutcome {
        if let reason = reasonToLeaveOut(promise) { return .notTestable(reason: reason) }
        do {
            try await promise.probe(Probe(service, level: promise.level))
            return .held
        } catch let end as ProbeEnd {
            switch end {
            case .broken(let reason, let exchanges): return .broken(reason: reason, story: exchanges.map(\.line))
            case .notTestable(let reason): return .notTestable(reason: reason)
            }
        } catch {
            return .notTestable(reason: "the probe failed: \(error)")
        }
    }

    private func reasonToLeaveOut(_ promise: Promise) -> String? {
        if let only = options.only, !only.contains(promise.id) { return "left out by --only" }
        if promise.requirement == .reads { return nil }
        if options.isReadOnly { return "--read-only creates no bookings" }
        switch promise.requirement {
        case .reads, .writes: return nil
        case .isolated: return options.tenant == nil ? nil : Self.needsOwnProvider
        case .waits:
            if options.tenant != nil { return Self.needsOwnProvider }
            if options.control != nil || options.waitsForReminders || options.profile.lead <= Self.longestQuickLead {
                return nil
            }
            return "a reminder takes its lead of \(options.profile.lead) in real time: --reminders waits for it"
        case .movesClock:
            if options.tenant != nil { return Self.needsOwnProvider }
            return options.control == nil ? "this takes a day: --control moves the clock of a served instance" : nil
        }
    }
}
