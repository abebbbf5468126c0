import Logging
import ServiceLifecycle
import Synchronization

/// When a loop works again unless it is rung: at the earlier of an instant on the clock and a delay of elapsed time.
package struct NextRun: Hashable, Sendable {
    let instant: Timestamp?
    let delay: Duration?

    /// After a delay that a clock which is set does not change: for polls and pauses.
    package static func after(_ delay: Duration) -> NextRun { NextRun(instant: nil, delay: delay) }

    /// At the instant (nil: no instant), and after the delay at the latest.
    package static func at(_ instant: Timestamp?, within delay: Duration) -> NextRun {
        NextRun(instant: instant, delay: delay)
    }
}

/// A long-running service that works, waits on its trigger as the work said, and works again.
///
/// A store that fails is tried again after a delay that doubles from a tenth of a second to one second. One line in the
/// log says when it began to fail, and one when it answers again.
package final class WorkerLoop: Service {
    private let name: String
    private let logger: Logger
    private let work: @Sendable () async throws -> NextRun
    package let trigger: LoopTrigger

    private static let shortestDelay = Duration.milliseconds(100)
    private static let longestDelay = Duration.seconds(1)

    /// `work`: does what is to be done now, and gives when there is more.
    package init(
        name: String, clock: any WallClock, inFlightWork: InFlightWork, logger: Logger,
        work: @escaping @Sendable () async throws -> NextRun
    ) {
        self.name = name
        self.logger = logger
        self.work = work
        trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
    }

    /// Runs until a graceful shutdown reaches it, or its task is cancelled.
    package func run() async {
        await cancelWhenGracefulShutdown { await self.turnUntilCancelled() }
        trigger.end()
    }

    private func turnUntilCancelled() async {
        /// Nil: the last turn succeeded.
        var delay: Duration?
        while !Task.isCancelled {
            do {
                let next = try await work()
                if delay != nil { logger.notice("A loop reaches its store again.", metadata: ["loop": "\(name)"]) }
                delay = nil
                await trigger.wait(until: next.instant, atMost: next.delay)
            } catch is CancellationError {
                break
            } catch {
                // A store call that the end of the loop interrupts has failed for no other reason.
                if Task.isCancelled { break }
                if delay == nil {
                    logger.warning(
                        "A loop cannot reach its store, and tries again.",
                        metadata: ["loop": "\(name)", "error": "\(error)"])
                }
                let pause = delay ?? Self.shortestDelay
                await trigger.wait(atMost: pause)
                delay = min(pause * 2, Self.longestDelay)
            }
        }
    }
}
