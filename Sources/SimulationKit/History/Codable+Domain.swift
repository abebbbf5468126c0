import Bookings

// The JSON of domain values in plans and reports.

/// A UUID as a string.
extension Identifier: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.parse { Self($0) } }
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}

/// An instant as a string of RFC 3339.
extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.parse { RFC3339.parse($0) } }
    public func encode(to encoder: any Encoder) throws { try RFC3339.string(self).encode(to: encoder) }
}

/// A slot as an object with `start` and `end`.
extension TimeSlot: Codable {
    private enum Key: CodingKey { case start, end }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self = .stored(
            start: try container.decode(Timestamp.self, forKey: .start),
            end: try container.decode(Timestamp.self, forKey: .end))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(start, forKey: .start)
        try container.encode(end, forKey: .end)
    }
}

/// A sort key as an object with `instant` and `id`.
extension SortKey: Codable {
    private enum Key: CodingKey { case instant, id }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            instant: try container.decode(Timestamp.self, forKey: .instant),
            id: try container.decode(BookingID.self, forKey: .id))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(instant, forKey: .instant)
        try container.encode(id, forKey: .id)
    }
}

extension ActionName: Codable {}
extension BookingStatus: Codable {}
