import Bookings
import Configuration

/// Reads environment variables as typed values and collects the errors of all of them.
///
/// Names are those of the variables (`RATE_LIMIT`), so that an error names what the operator has to change. A value of
/// blanks only counts as unset. A getter whose value is invalid adds an error and returns the default, so that one
/// run reports every variable that is wrong.
struct VariableReader {
    /// Variables whose values must not appear in logs or error messages. URLs may hold passwords.
    private static let secrets: Set<String> = [
        "JWT_SECRET", "DATABASE_URL", "REDIS_URL", "JWT_JWKS_URL", "SECRETS_KEY",
    ]

    private let reader: ConfigReader
    /// One line for each invalid variable, in the order in which they were read.
    private(set) var errors: [String] = []

    /// - Parameters:
    ///   - environment: The variables of the process, which win over those of the file.
    ///   - dotEnv: The variables of the `.env` file, see `DotEnv.parse`.
    init(environment: [String: String], dotEnv: [String: String]) {
        reader = ConfigReader(
            providers: [environment, dotEnv].map {
                EnvironmentVariablesProvider(environmentVariables: $0, secretsSpecifier: .specific(Self.secrets))
            })
    }

    /// Adds the error that the variable `name` must be `expected`.
    mutating func addError(_ name: String, mustBe expected: String) {
        errors.append("\(name) must be \(expected).")
    }

    /// Returns the value with its blanks, or `nil` when it is unset or empty.
    func rawString(_ name: String) -> String? {
        let value = reader.string(forKey: ConfigKey(name), isSecret: Self.secrets.contains(name))
        return value?.isEmpty == false ? value : nil
    }

    /// Returns the value without blanks at its ends, or `nil` when nothing is left of it.
    func string(_ name: String) -> String? {
        guard let value = rawString(name)?.trimmingSpaces, !value.isEmpty else { return nil }
        return value
    }

    /// Returns a whole number in decimal digits within `range`.
    mutating func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) -> Int {
        guard let value = string(name) else { return fallback }
        guard let number = Int(value), value.first != "+", range.contains(number) else {
            addError(name, mustBe: "a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return number
    }

    /// Returns whether the variable is on.
    mutating func flag(_ name: String, default fallback: Bool) -> Bool {
        switch string(name)?.lowercased() {
        case nil: return fallback
        case "on", "true", "1": return true
        case "off", "false", "0": return false
        default:
            addError(name, mustBe: "on or off")
            return fallback
        }
    }

    /// Returns the case whose raw value the variable has.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, default fallback: Choice) -> Choice
    where Choice.RawValue == String {
        guard let value = string(name) else { return fallback }
        guard let choice = Choice(rawValue: value) else {
            addError(name, mustBe: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
            return fallback
        }
        return choice
    }

    /// Returns a URL of one of `schemes` as it was written, or `nil` when it is unset or invalid.
    mutating func url(_ name: String, schemes: [String]) -> String? {
        guard let value = string(name) else { return nil }
        guard schemes.contains(where: { value.hasPrefix($0 + "://") && value.count > $0.count + 3 }) else {
            addError(name, mustBe: "a URL that begins with " + schemes.map { $0 + "://" }.joined(separator: " or "))
            return nil
        }
        return value
    }
}
