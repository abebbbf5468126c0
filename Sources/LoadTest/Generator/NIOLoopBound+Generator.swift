import NIOCore

extension NIOLoopBound where Value == LoadGenerator {
    /// Runs a closure on the generator's event loop.
    func run<Result: Sendable>(_ body: @escaping @Sendable (LoadGenerator) throws -> Result) async throws -> Result {
        try await eventLoop.submit { try body(self.value) }.get()
    }

    /// Runs a closure on the generator's event loop, and waits until it or what it starts completes the promise.
    func finish<Result: Sendable>(
        _ body: @escaping @Sendable (LoadGenerator, EventLoopPromise<Result>) -> Void
    ) async throws -> Result {
        let promise = eventLoop.makePromise(of: Result.self)
        eventLoop.execute { body(self.value, promise) }
        return try await promise.futureResult.get()
    }
}
