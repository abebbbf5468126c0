import Bookings

extension Checker {
    /// Compares the run with what its scenario file expects. Nothing excuses a difference: who writes a file with faults
    /// writes what is expected under them.
    static let asExpected = Checker("expected", "What the scenario file expects has happened.") { history in
        let calls = Dictionary(history.calls.map { ($0.operation, $0) }) { _, last in last }
        return history.expectations.flatMap { expectation -> [Anomaly] in
            switch expectation.what {
            case .answer(let operation, let status, let state, let version, let rows, let place):
                guard let call = calls[operation] else {
                    return [Anomaly("\(place): the operation was not executed")]
                }
                return [
                    difference("status", status, call.status), difference("state", state, call.row?.status),
                    difference("version", version, call.row?.version), difference("rows", rows, call.rows?.count),
                ].compactMap { $0 }.map { Anomaly("\(place): \($0)", booking: call.booking, at: call.at) }
            case .bookings:
                let made = Set(history.calls.filter { $0.kind == .create && $0.isSuccess }.compactMap(\.row?.id))
                return difference("bookings", expectation.count, made.count).map { [Anomaly("expect: \($0)")] } ?? []
            case .events(let name):
                let made = history.log.count { $0.name == name }
                return difference(name, expectation.count, made).map { [Anomaly("expect: \($0)")] } ?? []
            }
        }
    }
}

/// Returns how the value differs from the expected one; `nil` when nothing is expected or it is equal.
private func difference<Value: Equatable>(_ name: String, _ expected: Value?, _ found: Value?) -> String? {
    guard let expected, expected != found else { return nil }
    return "\(name) is \(found.map { "\($0)" } ?? "missing") instead of \(expected)"
}

extension History.Call {
    /// The name of the operation: the request id without the prefix of runs on a deployed service, and without the number
    /// of the attempt.
    fileprivate var operation: String {
        let name = request.split(separator: "/").first ?? ""
        return String(name.split(separator: "-").last ?? name)
    }
}
