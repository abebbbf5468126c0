import Bookings

/// Takes variables by name and type, and gathers what is wrong with them. An empty value counts as unset.
struct VariableReader {
    let values: [String: String]
    private(set) var faults: [String] = []

    init(values: [String: String]) {
        self.values = values
    }

    mutating func fault(_ name: String, _ takes: String) {
        faults.append("\(name) takes \(takes).")
    }

    package func text(_ name: String) -> String? {
        guard let value = values[name]?.trimmingSpaces, !value.isEmpty else { return nil }
        return value
    }

    mutating func number(_ name: String, in range: ClosedRange<Int>, or fallback: Int) -> Int {
        guard let text = text(name) else { return fallback }
        guard let number = Int(text), text.first != "+", range.contains(number) else {
            fault(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return number
    }

    mutating func toggle(_ name: String, or fallback: Bool) -> Bool {
        switch text(name)?.lowercased() {
        case nil: return fallback
        case "on", "true", "1": return true
        case "off", "false", "0": return false
        default:
            fault(name, "on or off")
            return fallback
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, or fallback: Choice) -> Choice
    where Choice.RawValue == String {
        guard let text = text(name) else { return fallback }
        guard let choice = Choice(rawValue: text) else {
            fault(name, Choice.allCases.map(\.rawValue).joined(separator: ", "))
            return fallback
        }
        return choice
    }

    mutating func url(_ name: String, schemes: [String]) -> String? {
        guard let text = text(name) else { return nil }
        guard schemes.contains(where: { text.hasPrefix($0 + "://") && text.count > $0.count + 3 }) else {
            fault(name, "a URL that begins with " + schemes.map { $0 + "://" }.joined(separator: " or "))
            return nil
        }
        return text
    }
}
