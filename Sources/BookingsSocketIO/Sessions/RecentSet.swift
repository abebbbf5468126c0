import Bookings

/// Remembers at least the newest `capacity` elements, and at most twice as many. Two generations limit its size without
/// an order of the elements.
struct RecentSet<Element: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var newer: Set<Element> = []
    private var older: Set<Element> = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    func contains(_ element: Element) -> Bool { newer.contains(element) || older.contains(element) }

    mutating func insert(_ element: Element) {
        if newer.count >= capacity {
            older = newer
            newer = []
        }
        newer.insert(element)
    }

    /// Removes the element, and returns whether the set contained it.
    mutating func remove(_ element: Element) -> Bool {
        let wasNewer = newer.remove(element) != nil
        return older.remove(element) != nil || wasNewer
    }
}
