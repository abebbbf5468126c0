import Foundation
import Synchronization

/// The process of a replica and its pipes; one request at a time.
actor ReplicaLine {
    /// The process has ended.
    struct Gone: Error {}

    nonisolated let pid: pid_t
    private let process: ChildProcess
    private var lines: AsyncStream<String>.AsyncIterator
    private var turn: Task<ReplicaReply, any Error>?
    private var announcedDeath = false
    private nonisolated let waiting = Mutex(Waiting())

    private struct Waiting {
        /// The number of replies that were waited for so far.
        var reads = 0
        /// Whether one is waited for.
        var isReading = false
        /// Whether the process was killed because none came.
        var wasSilent = false
    }

    init(_ process: ChildProcess) {
        self.process = process
        pid = process.pid
        lines = process.lines.makeAsyncIterator()
    }

    /// Whether the process was killed because it did not answer.
    nonisolated var wasSilent: Bool { waiting.withLock(\.wasSilent) }

    func ask(_ request: ReplicaRequest) async throws -> ReplicaReply {
        let text = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        let before = turn
        let mine = Task { () throws -> ReplicaReply in
            _ = try? await before?.value
            guard process.send(text) else { throw Gone() }
            return try await read()
        }
        turn = mine
        return try await mine.value
    }

    /// Returns the next reply.
    func read() async throws -> ReplicaReply {
        begin()
        defer { waiting.withLock { $0.isReading = false } }
        while let text = await nextLine() {
            guard let reply = try? JSONDecoder().decode(ReplicaReply.self, from: Data(text.utf8)) else {
                throw SimulatorError.crashed("a replica's process wrote: \(text)")
            }
            guard case .dying = reply else { return reply }
            announcedDeath = true
        }
        throw Gone()
    }

    private func begin() {
        waiting.withLock { waiting in
            waiting.reads += 1
            waiting.isReading = true
        }
    }

    private func nextLine() async -> String? {
        var lines = lines
        defer { self.lines = lines }
        return await lines.next(isolation: self)
    }

    /// Whether the process, which has ended, said before that it passes an armed crash point.
    func hasAnnouncedDeath() async -> Bool {
        _ = try? await turn?.value
        while !announcedDeath, (try? await read()) != nil {}
        return announcedDeath
    }

    func kill() { process.kill() }
    func stop(within limit: Duration) async -> Int32 { await process.stop(within: limit) }

    /// Kills the process once it has left a request unanswered for so long, in real time. Ends when it is cancelled.
    ///
    /// - Parameter interval: How long nothing may be asked before it is asked for its state: a client may wait for the
    ///   process although it gets no request. `nil` without a limit.
    nonisolated func killWhenSilent(for patience: Duration, askingEvery interval: Duration? = nil) -> Task<Void, Never>
    {
        Task { [weak self] in
            var silence = StallDetector()
            var seen: Int?
            while !Task.isCancelled {
                guard let waiting = self?.waiting.withLock({ $0 }) else { return }
                let read = waiting.isReading ? waiting.reads : nil
                silence.observe(hasChanged: read != seen)
                seen = read
                if read != nil, silence.waited >= patience {
                    self?.silence()
                    return
                }
                if read == nil, let interval, silence.waited >= interval {
                    Task { [weak self] in _ = try? await self?.ask(.state) }
                }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private nonisolated func silence() {
        waiting.withLock { $0.wasSilent = true }
        Glibc.kill(pid, SIGKILL)
    }
}
