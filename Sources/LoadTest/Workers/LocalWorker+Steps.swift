import Bookings
import NIOCore

extension LocalWorker {
    /// How long events may arrive after the last response.
    private static let grace = Duration.seconds(3)

    func run(_ step: LoadStep, onSecond: @escaping @Sendable (LoadProgress) -> Void) async throws -> LoadMeasures {
        let begin = NIODeadline.now().advanced(by: clock.now().duration(to: Timestamp(milliseconds: step.begin)))
        let processor = ProcessorTime.now
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.reportSeconds(from: begin, onSecond) }
            try await self.send(step, from: begin)
            group.cancelAll()
        }
        // The responses since the last whole second.
        let last = try await progress(Int(max(0, NIODeadline.now().since(begin).inSeconds)))
        if last.second.sent + last.second.answered + last.second.frames > 0 { onSecond(last) }
        try await waitForEnd(of: step, from: begin)
        let used = ProcessorTime.now - processor
        let available = NIODeadline.now().since(begin).inSeconds * Double(settings.loops)
        let deadline = NIODeadline.now().advanced(by: Self.grace)
        while try await missing() > 0, NIODeadline.now() < deadline {
            try await ContinuousClock().sleep(for: .milliseconds(10))
        }
        var measures = try await sum { $0.takeMeasures() }
        for generator in bound { try await generator.run { $0.resetMeasures() } }
        measures.usage.processorSeconds = used
        measures.usage.availableSeconds = available
        return measures
    }

    /// The last arrival may come before the end of the load, until which reminders are due.
    private func waitForEnd(of step: LoadStep, from begin: NIODeadline) async throws {
        let end = begin.advanced(by: step.shape.duration)
        while NIODeadline.now() < end, try await !isStopped() {
            try await ContinuousClock().sleep(for: .milliseconds(10))
        }
        let instant = clock.now()
        for generator in bound { try await generator.run { $0.ended = instant } }
    }

    private func isStopped() async throws -> Bool {
        for generator in bound where try await generator.run(\.isStopped) { return true }
        return false
    }

    private func send(_ step: LoadStep, from begin: NIODeadline) async throws {
        try await withThrowingTaskGroup { group in
            for (index, generator) in bound.enumerated() {
                var plan = settings.plan(step.shape, seed: step.seed)
                plan.part = process * settings.loops + index
                plan.parts = parts
                group.addTask { [plan] in
                    try await generator.finish { generator, promise in
                        generator.run(plan, from: begin, warmUp: .seconds(step.warmUp)) { promise.succeed() }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func reportSeconds(
        from begin: NIODeadline, _ onSecond: @Sendable (LoadProgress) -> Void
    ) async throws {
        for number in 0... {
            let end = begin + .seconds(Int64(number) + 1)
            guard (try? await ContinuousClock().sleep(for: max(.zero, end.since(.now())))) != nil else { return }
            onSecond(try await progress(number))
        }
    }

    /// What the event loops have counted since this was called last.
    private func progress(_ number: Int) async throws -> LoadProgress {
        var progress = LoadProgress(number: number, second: LoadSecond(), listeners: 0)
        let needsMeasures = settings.needsMeasures
        for generator in bound {
            progress.add(
                try await generator.run {
                    LoadProgress(
                        number: number, second: $0.takeSecond(), listeners: $0.measures.frames.socketsOpen,
                        measures: needsMeasures ? $0.measures : nil)
                })
        }
        return progress
    }
}
