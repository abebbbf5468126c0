import Synchronization

/// The number of bytes that wait to be written to a socket, counted on several threads.
final class UnwrittenBytes: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    func add(_ count: Int) { value.wrappingAdd(count, ordering: .relaxed) }

    func remove(_ count: Int) { value.wrappingSubtract(count, ordering: .relaxed) }
}
