import Bookings

/// The part of `contract` about events: the log as the model has it, and every listener's copy as the log has it.
struct EventContract {
    private let history: History
    private let model: BookingModel

    init(_ history: History, _ model: BookingModel) {
        self.history = history
        self.model = model
    }

    func anomalies() -> [Anomaly] { logged() + received() }

    private func logged() -> [Anomaly] {
        history.log.compactMap { entry in
            guard let id = entry.booking, let data = entry.payload.flatMap({ try? JSONValue.parse($0.utf8) }),
                let violation = violation(entry, of: id, data)
            else { return nil }
            return Anomaly("the event \(entry.event) \(violation)", booking: id, at: entry.occurredAt)
        }
    }

    private func violation(_ entry: History.LogEntry, of id: BookingID, _ data: JSONValue) -> String? {
        let cursor = data["event"]?["cursor"]?.string ?? ""
        if entry.isReminder {
            return ReminderContract(history, model.versions(of: id)).violation(entry, data, cursor: cursor)
        }
        guard let version = entry.version else { return "has no version" }
        // A version that no request of the run made is left to the answers, as a deployed service has others.
        guard let expected = model[id, version] else { return nil }
        let name = expected.action.event
        guard entry.name == name.rawValue else { return "is called \(entry.name) instead of \(name.rawValue)" }
        let event = BookingEvent(
            booking: expected.booking, kind: .action(expected.action), occurredAt: expected.booking.updatedAt)
        return data.difference(from: event.data(cursor: cursor))
    }

    /// Frames are compared as text: the data of an event are the same bytes everywhere.
    private func received() -> [Anomaly] {
        let logged = Dictionary(
            history.log.compactMap { entry in entry.payload.map { (entry.event, $0) } },
            uniquingKeysWith: { first, _ in first })
        return history.frames.compactMap { frame in
            guard frame.isEvent, let payload = logged[frame.event], !frame.data.utf8.elementsEqual(payload.utf8) else {
                return nil
            }
            return Anomaly(
                "\(frame.socket) received \(frame.name) \(frame.event), which \(difference(frame, payload))",
                booking: frame.booking, at: frame.receivedAt)
        }
    }

    private func difference(_ frame: History.Frame, _ payload: String) -> String {
        guard let shown = try? JSONValue.parse(frame.data.utf8), let expected = try? JSONValue.parse(payload.utf8)
        else {
            return "is not JSON"
        }
        return shown.difference(from: expected) ?? "is written in other bytes than in the log"
    }
}

extension BookingEvent {
    /// The event of a change as every transport shows it, with its members sorted by name.
    func data(cursor: String) -> JSONValue {
        let stamp = JSONMember(name: "event", value: stamp(cursor: cursor))
        return .object((booking.json.members + [stamp]).sorted { $0.name < $1.name })
    }

    func stamp(cursor: String) -> JSONValue {
        .object([
            JSONMember(name: "cursor", value: .string(cursor)),
            JSONMember(name: "id", value: .string(id.description)),
            JSONMember(name: "occurred_at", value: .string(RFC3339.string(occurredAt))),
        ])
    }
}
