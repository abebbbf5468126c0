import Bookings

/// Remembers about the newest `capacity` elements, at most twice as many. Two generations bound them.
struct RecentSet<Element: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var recent: Set<Element> = []
    private var older: Set<Element> = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    func contains(_ element: Element) -> Bool { recent.contains(element) || older.contains(element) }

    mutating func insert(_ element: Element) {
        if recent.count >= capacity {
            older = recent
            recent = []
        }
        recent.insert(element)
    }

    /// Whether it was there.
    mutating func remove(_ element: Element) -> Bool {
        let wasRecent = recent.remove(element) != nil
        return older.remove(element) != nil || wasRecent
    }
}
