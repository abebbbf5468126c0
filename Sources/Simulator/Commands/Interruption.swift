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

    /// The pipe through which the signal handler, which may do almost nothing, wakes the thread that ends the process.
    private static let pipe: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        precondition(Glibc.pipe(&ends) == 0, "A process can open a pipe.")
        return (ends[0], ends[1])
    }()

    /// Handles SIGINT from now on.
    static func prepare() {
        _ = pipe
        signal(SIGINT) { _ in _ = write(Interruption.pipe.write, "!", 1) }
        var thread = pthread_t()
        pthread_create(&thread, nil, { _ in Interruption.wait() }, nil)
        pthread_detach(thread)
    }

    private static func wait() -> Never {
        var byte: UInt8 = 0
        while read(pipe.read, &byte, 1) < 1 || stop() {}
        end()
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

    private static func end() -> Never {
        Progress.show("interrupted")
        if case .print(let report)? = reaction.withLock({ $0 }) { report() }
        TemporaryFolders.removeAll {
            fflush(nil)
            _exit(status)
        }
    }
}
