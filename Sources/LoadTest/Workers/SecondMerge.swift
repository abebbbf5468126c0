/// Adds up the seconds of several workers.
struct SecondMerge: Sendable {
    private let workers: Int
    private var incomplete: [Int: (sum: LoadProgress, count: Int)] = [:]
    /// The seconds that all workers have sent, in their order.
    private(set) var points: [LoadPoint] = []

    init(workers: Int) { self.workers = workers }

    /// Returns the seconds that are complete with this part.
    mutating func add(_ progress: LoadProgress) -> [LoadProgress] {
        if var (sum, count) = incomplete[progress.number] {
            sum.add(progress)
            count += 1
            incomplete[progress.number] = (sum, count)
        } else {
            incomplete[progress.number] = (progress, 1)
        }
        var complete: [LoadProgress] = []
        while let next = incomplete[points.count], next.count == workers {
            incomplete[points.count] = nil
            points.append(next.sum.second.point)
            complete.append(next.sum)
        }
        return complete
    }

    /// Returns the last seconds, which only the workers have that ended later than others.
    mutating func finish() -> [LoadProgress] {
        let rest = incomplete.sorted { $0.key < $1.key }.map(\.value.sum)
        incomplete = [:]
        points += rest.map(\.second.point)
        return rest
    }
}
