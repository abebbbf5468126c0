/// Everything that a load test is run with and reported by.
import SimulationKit

package struct LoadSettings: Sendable {
    package let target: Address
    package let plan: LoadPlan
    /// The number of Socket.IO connections that listen, spread over the providers.
    package let sockets: Int
    package let objectives: [LoadObjective]

    package init(target: Address, plan: LoadPlan, sockets: Int, objectives: [LoadObjective]) {
        self.target = target
        self.plan = plan
        self.sockets = sockets
        self.objectives = objectives
    }
}
