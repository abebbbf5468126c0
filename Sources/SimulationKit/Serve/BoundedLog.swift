/// The newest elements of a sequence that only grows, numbered from 0.
struct BoundedLog<Element: Sendable>: Sendable {
    /// A part of the log.
    struct Page: Sendable {
        let elements: [Element]
        /// The number behind the last element, from which the next page begins.
        let next: Int
        /// The number of the oldest element that is kept.
        let oldest: Int
    }

    /// The most elements that are kept for certain; a tenth more may be, so that old ones are dropped in bulk.
    let capacity: Int
    private(set) var elements: [Element] = []
    /// The number of the oldest element that is kept.
    private(set) var oldest = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether an element was dropped.
    var hasDropped: Bool { oldest > 0 }

    mutating func append(_ element: Element) {
        elements.append(element)
        let surplus = max(1, capacity / 10)
        guard elements.count >= capacity + surplus else { return }
        elements.removeFirst(surplus)
        oldest += surplus
    }

    /// Returns the elements from this number on, or from the oldest one that is kept if that is newer.
    func page(from number: Int, limit: Int) -> Page {
        let start = min(max(number, oldest), oldest + elements.count)
        let page = elements.dropFirst(start - oldest).prefix(limit)
        return Page(elements: Array(page), next: start + page.count, oldest: oldest)
    }
}
