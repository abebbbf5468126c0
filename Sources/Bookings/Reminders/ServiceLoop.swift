import Logging
import ServiceLifecycle
import Synchronization

/// A long-running service that works, waits on its alarm for the instant that the work named, and works again.
///
/// A store that fails is tried again after a delay that doubles from a tenth of a second to one second.
public final class ServiceLoop: Service {
    private let name: String
    private let clock: any WallClock
    private let logger: Logger
    private let work: @Sendable () async throws -> Timestamp?
    public let alarm: Alarm

    private static let shortestDelay = Duration.milliseconds(100)
    private static let longestDelay = Duration.seconds(1)

    /// `work`: does what is to be done now, and gives the instant at which there is more; nil: when rung.
    public init(
        name: String, clock: any WallClock, ledger: ActivityLedger, logger: Logger,
        work: @escaping @Sendable () async throws -> Timestamp?
    ) {
        self.name = name
        self.clock = clock
        self.logger = logger
        self.work = work
        alarm = Alarm(clock: clock, ledger: ledger)
    }

    /// Runs until a graceful shutdown reaches it, or its task is cancelled.
    public func run() async {
        await cancelWhenGracefulShutdown { await self.turnUntilCancelled() }
        alarm.end()
    }

    private func turnUntilCancelled() async {
        var delay = Self.shortestDelay
        while !Task.isCancelled {
            do {
                let next = try await work()
                delay = Self.shortestDelay
                await alarm.wait(until: next)
            } catch is CancellationError {
                break
            } catch {
                logger.warning("A loop could not reach its store.", metadata: ["loop": "\(name)", "error": "\(error)"])
                await alarm.wait(until: clock.now() + delay)
                delay = min(delay * 2, Self.longestDelay)
            }
        }
    }
}
