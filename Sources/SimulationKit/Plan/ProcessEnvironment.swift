import FoundationEssentials

/// The environment variables of this process.
package enum ProcessEnvironment {
    /// All of them, for a child process.
    package static var all: [String: String] { ProcessInfo.processInfo.environment }

    /// The value of the variable; `nil` when it is unset or empty, as the server reads it.
    package static func value(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
