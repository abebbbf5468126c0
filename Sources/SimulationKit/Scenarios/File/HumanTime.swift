/// A time as people write it: `90s`, `1h30m`, `2d`, `250ms`, `0`; with a plus sign, after the instant of its step.
struct HumanTime: Hashable, Sendable {
    let milliseconds: Int64
    /// Whether it counts from the instant of its step, instead of from the beginning of the run.
    let isRelative: Bool

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    /// A century: more overflows somewhere.
    private static let maximum: Int64 = 100 * 366 * 86_400_000

    /// Returns `nil` for what is no time.
    init?(_ text: String) {
        isRelative = text.hasPrefix("+")
        var rest = Substring(isRelative ? text.dropFirst() : text[...])
        guard rest != "0" else {
            milliseconds = 0
            return
        }
        guard !rest.isEmpty else { return nil }
        var sum: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let name = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let number = Int64(digits), let unit = Self.units.first(where: { $0.name == name }),
                number <= Self.maximum / unit.milliseconds
            else { return nil }
            sum += number * unit.milliseconds
            guard sum <= Self.maximum else { return nil }
            rest = rest.dropFirst(digits.count + name.count)
        }
        milliseconds = sum
    }

    func instant(from step: Int64) -> Int64 { isRelative ? step + milliseconds : milliseconds }
}

extension HumanTime: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let zero = try? container.decode(Int.self), zero == 0 {
            self.init(zero)
            return
        }
        let text = try container.decode(String.self)
        guard let time = HumanTime(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is no time like 90s, 1h30m or +10m: \(text)")
        }
        self = time
    }

    private init(_ milliseconds: Int) {
        self.milliseconds = Int64(milliseconds)
        isRelative = false
    }
}
