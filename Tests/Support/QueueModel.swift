/// A queue whose waiting times are known: `servers` that each take `serviceTime` for a request, in the order of arrival, and
/// stalls in which nothing is served. Instants are seconds since the first request of the load.
package struct QueueModel: Sendable {
    package struct Stall: Sendable {
        package let from: Double
        package let to: Double

        package init(from: Double, to: Double) {
            self.from = from
            self.to = to
        }
    }

    private let serviceTime: Double
    private let stalls: [Stall]
    /// When each server is free; empty for as many servers as there are requests.
    private var free: [Double]

    /// - Parameter servers: `nil` for a server for each request, so that none waits but in a stall.
    package init(serviceTime: Double, servers: Int?, stalls: [Stall] = []) {
        self.serviceTime = serviceTime
        self.stalls = stalls
        free = Array(repeating: 0, count: servers ?? 0)
    }

    /// Returns when a request that arrives now is answered.
    package mutating func finish(arrivingAt arrival: Double) -> Double {
        guard let server = free.indices.min(by: { free[$0] < free[$1] }) else {
            return afterStall(arrival) + serviceTime
        }
        let start = afterStall(max(arrival, free[server]))
        free[server] = start + serviceTime
        return free[server]
    }

    private func afterStall(_ instant: Double) -> Double {
        for stall in stalls where instant >= stall.from && instant < stall.to { return stall.to }
        return instant
    }
}
