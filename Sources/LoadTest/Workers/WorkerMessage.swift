import Bookings
import FoundationEssentials

/// What a load test asks a worker in another process, a JSON document a line.
enum WorkerRequest: Codable, Sendable {
    /// The first request: what the worker is, and its place among all.
    case begin(LoadSettings, process: Int, processes: Int)
    case prepare
    case lead
    case arm(begin: Timestamp, leadSeconds: Double)
    case run(LoadStep)
    /// Has no reply of its own: the reply to `run` follows sooner.
    case stop
    case close
}

/// What a worker replies, a JSON document a line.
enum WorkerReply: Codable, Sendable {
    case prepared(LoadPreparation)
    case lead(seconds: Double)
    /// A second of the step that runs.
    case second(LoadProgress)
    case measured(LoadMeasures)
    /// The request was carried out.
    case done
    case failed(String)
}

enum WorkerMessage {
    static func line(_ message: some Encodable) -> String {
        guard let data = try? JSONEncoder().encode(message) else { preconditionFailure("A message is always JSON.") }
        return String(decoding: data, as: UTF8.self)
    }

    /// `nil` for a line that is no message.
    static func read<Message: Decodable>(_ line: String) -> Message? {
        try? JSONDecoder().decode(Message.self, from: Data(line.utf8))
    }
}
