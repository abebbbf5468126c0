import Logging
import ServiceLifecycle
import Synchronization

/// When a loop runs again without a signal: at an instant of the clock or after an elapsed time, whichever is earlier.
package struct NextRun: Hashable, Sendable {
    let instant: Timestamp?
    let delay: Duration?

    /// After an elapsed time that setting the clock does not change: for polls and pauses.
    package static func after(_ delay: Duration) -> NextRun { NextRun(instant: nil, delay: delay) }

    /// At the instant (`nil`: at none), but after the delay at the latest.
    package static func at(_ instant: Timestamp?, within delay: Duration) -> NextRun {
        NextRun(instant: instant, delay: delay)
    }
}

/// A service that runs a piece of work again and again, and waits between two runs as the work says.
///
/// Work that fails is repeated after a delay that doubles from 100 ms to 1 s. The first failure and the next success are
/// logged, a line each.
package final class WorkerLoop: Service {
    private let name: String
    private let logger: Logger
    private let work: @Sendable () async throws -> NextRun
    /// Wakes the loop before its next run is due.
    package let trigger: LoopTrigger

    private static let minDelay = Duration.milliseconds(100)
    private static let maxDelay = Duration.seconds(1)

    /// Creates a loop.
    ///
    /// - Parameters:
    ///   - name: The loop's name in log lines.
    ///   - work: Does everything that is due, and returns when to run again.
    package init(
        name: String, clock: any WallClock, inFlightWork: InFlightWork, logger: Logger,
        work: @escaping @Sendable () async throws -> NextRun
    ) {
        self.name = name
        self.logger = logger
        self.work = work
        trigger = LoopTrigger(clock: clock, inFlightWork: inFlightWork)
    }

    /// Runs until a graceful shutdown begins or the task is cancelled.
    package func run() async {
        await cancelWhenGracefulShutdown { await self.runUntilCancelled() }
        trigger.end()
    }

    private func runUntilCancelled() async {
        /// The delay after the next failure; `nil` when the last run succeeded.
        var delay: Duration?
        while !Task.isCancelled {
            do {
                let next = try await work()
                if delay != nil { logger.notice("A loop works again.", metadata: ["loop": "\(name)"]) }
                delay = nil
                await trigger.wait(until: next.instant, atMost: next.delay)
            } catch is CancellationError {
                break
            } catch {
                // The end of the loop interrupts calls of the store: that is no failure.
                if Task.isCancelled { break }
                if delay == nil { logFailure(error) }
                let pause = delay ?? Self.minDelay
                await trigger.wait(atMost: pause)
                delay = min(pause * 2, Self.maxDelay)
            }
        }
    }

    private func logFailure(_ error: any Error) {
        logger.warning(
            "A loop failed, and retries until it succeeds.", metadata: ["loop": "\(name)", "error": "\(error)"])
    }
}
