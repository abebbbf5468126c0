import Glibc
import SimulationKit
import Synchronization

/// What happens when the user presses Ctrl-C: the command prints what it has so far, and no folder is left behind.
enum Interruption {
    /// The exit status of a process that SIGINT ends, as shells have it.
    private static let status: Int32 = 128 + SIGINT

    private static let report = Mutex<(@Sendable () -> Void)?>(nil)

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
    static func onInterrupt(_ report: @escaping @Sendable () -> Void) { self.report.withLock { $0 = report } }

    private static func wait() -> Never {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 {}
        Progress.show("interrupted")
        report.withLock { $0 }?()
        TemporaryFolders.removeAll()
        fflush(nil)
        _exit(status)
    }
}
