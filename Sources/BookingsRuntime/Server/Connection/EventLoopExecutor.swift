import NIOCore

/// Runs tasks on an event loop.
///
/// A request that waited for the database continues on its connection's loop and writes its response there. On the global
/// executor each request woke up two threads: one to continue, and the loop to write.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
