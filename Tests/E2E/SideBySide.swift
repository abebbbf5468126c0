/// Runs of the simulator, some at a time.
enum SideBySide {
    /// Runs spend part of their time waiting for sockets, so that one more than CI has processors keeps these busy.
    private static let width = 3

    /// Returns the results in the order of the elements.
    static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ transform: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var rest = Array(elements.enumerated())[...]
            func add() {
                guard let (index, element) = rest.popFirst() else { return }
                group.addTask { (index, try await transform(element)) }
            }
            for _ in 0..<width { add() }
            var results: [(Int, Result)] = []
            while let result = try await group.next() {
                results.append(result)
                add()
            }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
