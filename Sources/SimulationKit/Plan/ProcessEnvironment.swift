import FoundationEssentials

/// The environment variables of this process.
package enum ProcessEnvironment {
    /// The value of the variable; `nil` when it is unset or empty, as the server reads it.
    package static func value(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
