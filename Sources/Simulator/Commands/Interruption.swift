import Glibc
import SimulationKit
import Synchronization

/// What happens when the user presses Ctrl-C: the command prints what it has so far, and no folder is left behind.
enum Interruption {
    /// The exit status of a process that SIGINT ends, as shells have it.
    private static let status: Int32 = 128 + SIGINT

    /// What the running command does: prints what it has, before the process ends, or ends by itself.
    private enum Reaction: Sendable {
        case print(@Sendable () -> Void)
        case stop(@Sendable () -> Void)
    }

    private static let reaction = Mutex<Reaction?>(nil)

    /// Waits for SIGINT on a thread of its own. Called before any other thread exists, so that none of them receives it.
    static func prepare() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        pthread_create(&thread, nil, { _ in Interruption.wait() }, nil)
        pthread_detach(thread)
    }

    /// Sets what the running command prints when it is interrupted.
    static func onInterrupt(_ report: @escaping @Sendable () -> Void) { reaction.withLock { $0 = .print(report) } }

    /// Sets how the running command is ended when it is interrupted. A second interrupt ends the process.
    static func onFirstInterrupt(_ stop: @escaping @Sendable () -> Void) { reaction.withLock { $0 = .stop(stop) } }

    /// Lets the command end by itself. Returns `false` if it does not, or was told before.
    private static func stop() -> Bool {
        guard case .stop(let stop)? = reaction.withLock({ $0 }) else { return false }
        reaction.withLock { $0 = nil }
        stop()
        return true
    }

    private static func wait() -> Never {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 || stop() {}
        Progress.show("interrupted")
        if case .print(let report)? = reaction.withLock({ $0 }) { report() }
        TemporaryFolders.removeAll()
        fflush(nil)
        _exit(status)
    }
}
