// Bookings on a test clock: starts `simulator serve` and moves its clock. Foundation alone.
import Foundation
import FoundationNetworking

typealias Object = [String: Any]

struct ControlError: Error { let detail: String }

final class BookingsClock {
    private let process = Process()
    private(set) var addresses: [String] = []
    private var control = ""

    /// Starts a service of its own, which ends by `stop`. SIMULATOR names the executable.
    init(at: String = "2030-03-29T06:00:00Z", replicas: Int = 1, options: [String] = []) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["SIMULATOR"] ?? "simulator")
        process.arguments = ["serve", "--port", "0", "--control", "127.0.0.1:0", "--at", at, "--replicas", "\(replicas)"] + options
        process.standardOutput = output
        try process.run()
        var text = ""
        while text.split(separator: "\n").count <= replicas {
            text += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            guard process.isRunning else { throw ControlError(detail: "the simulator has ended") }
        }
        let found = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init)[1] }
        (addresses, control) = (Array(found.prefix(replicas)), found[replicas])
    }

    func stop() { process.terminate() }

    /// Moves the clock: `["by": "10m"]`, `["to": "2030-03-29T07:00:00Z"]` or `["until": "next-reminder"]`. Returns the events that followed.
    func advance(_ how: Object) async throws -> [Object] { try await command("POST", "/clock/advance", how)["events"] as? [Object] ?? [] }
    /// Injects a fault of `simulator list`, which lasts until `repair` or the next reset if it is not over at once.
    func fault(_ name: String) async throws { _ = try await command("POST", "/faults", ["name": name]) }
    func repair(_ name: String) async throws { _ = try await command("DELETE", "/faults/\(name)") }
    func reset() async throws { _ = try await command("POST", "/reset") }
    func token(_ sub: String, _ roles: String...) async throws -> String {
        try await command("POST", "/tokens", ["sub": sub, "roles": roles])["access_token"] as? String ?? ""
    }

    /// Sends a request to the first replica. Returns the status, the header fields and the JSON of the answer.
    func send(_ method: String, _ path: String, _ token: String, body: Object? = nil, headers: [String: String] = [:]) async throws -> (HTTPURLResponse, Object) {
        try await send(method, addresses[0] + path, body, headers.merging(["Authorization": "Bearer \(token)"]) { $1 })
    }
    private func command(_ method: String, _ path: String, _ body: Object = [:]) async throws -> Object {
        let (answer, json) = try await send(method, control + path, body, [:])
        guard answer.statusCode == 200 else { throw ControlError(detail: json["detail"] as? String ?? "") }
        return json
    }
    private func send(_ method: String, _ url: String, _ body: Object?, _ headers: [String: String]) async throws -> (HTTPURLResponse, Object) {
        var request = URLRequest(url: URL(string: url)!)
        (request.httpMethod, request.allHTTPHeaderFields) = (method, headers.merging(["Content-Type": "application/json"]) { $1 })
        request.httpBody = try body.map { try JSONSerialization.data(withJSONObject: $0) }
        let (data, answer) = try await URLSession.shared.data(for: request)
        return (answer as! HTTPURLResponse, try JSONSerialization.jsonObject(with: data) as? Object ?? [:])
    }
}
