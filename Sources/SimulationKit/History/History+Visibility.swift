import Bookings

extension History {
    /// Returns whether `caller` may see what belongs to this provider and customer.
    func maySee(_ caller: Caller, provider: ProviderID?, customer: String?) -> Bool {
        switch caller {
        case .admin: true
        case .provider(let index): provider != nil && provider == providerID(index)
        case .customer: customer == caller.description
        case .world: false
        }
    }

    /// Returns the provider at the plan's index, or `nil` when there is none.
    func providerID(_ index: Int) -> ProviderID? {
        providers.indices.contains(index) ? providers[index] : nil
    }
}

/// The log positions that each kind of listener may see, grouped once for all listeners.
struct VisiblePositions {
    private let all: Range<Int>
    private var ofProvider: [ProviderID: [Int]] = [:]
    private var ofCustomer: [String: [Int]] = [:]

    init(_ log: [History.LogEntry]) {
        all = log.indices
        for (position, entry) in log.enumerated() {
            if let provider = entry.provider { ofProvider[provider, default: []].append(position) }
            if let customer = entry.customer { ofCustomer[customer, default: []].append(position) }
        }
    }

    /// Returns the positions, in ascending order, of the events that `listener` must receive.
    func positions(for listener: History.Listener, in history: History) -> [Int] {
        let visible =
            switch listener.caller {
            case .admin: Array(all)
            case .provider(let index): history.providerID(index).flatMap { ofProvider[$0] } ?? []
            case .customer: ofCustomer[listener.caller.description] ?? []
            case .world: [Int]()
            }
        return Array(visible[visible.partitioningIndex { $0 >= listener.startPosition }...])
    }
}
