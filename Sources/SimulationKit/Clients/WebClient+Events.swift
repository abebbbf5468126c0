import AsyncHTTPClient
import Bookings
import NIOCore

/// An event of an event stream.
struct StreamedEvent: Equatable {
    var id = ""
    var name = ""
    var data = ""
}

/// Cuts an event stream into its events (WHATWG HTML, section 9.2.6). Comments and blocks without data are left out.
struct EventStreamParser {
    private var rest = ""

    mutating func append(_ text: String) -> [StreamedEvent] {
        rest += text
        var events: [StreamedEvent] = []
        while let end = rest.firstRange(of: "\n\n") {
            let block = rest[..<end.lowerBound]
            rest = String(rest[end.upperBound...])
            var event = StreamedEvent()
            for line in block.split(separator: "\n") {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { continue }
                let value = String(parts[1].first == " " ? parts[1].dropFirst() : parts[1])
                switch parts[0] {
                case "id": event.id = value
                case "event": event.name = value
                case "data": event.data = value
                default: break
                }
            }
            if !event.data.isEmpty { events.append(event) }
        }
        return events
    }
}

extension WebClient {
    /// How long to wait for the events of a stream or a poll, in real time.
    static let patience = Duration.seconds(3)

    /// Opens the event stream behind a cursor, and returns its first events: so many, or those that came in time.
    func streamedEvents(of server: String, token: String, after cursor: String, count: Int) async -> MissedEvents {
        var request = HTTPClientRequest(url: server + "/events")
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Accept", value: "text/event-stream")
        request.headers.add(name: "Last-Event-ID", value: cursor)
        let timeout = TimeAmount.milliseconds(Self.patience.wholeMilliseconds)
        guard let response = try? await client.execute(request, timeout: timeout) else { return MissedEvents() }
        guard response.status == .ok else { return MissedEvents(isTooLate: response.status == .gone) }
        var missed = MissedEvents()
        if count == 0 { return missed }
        var parser = EventStreamParser()
        do {
            for try await chunk in response.body {
                missed.events += parser.append(String(buffer: chunk)).map {
                    MissedEvents.Event(ReceivedEvent(name: $0.name, text: $0.data), cursor: $0.id)
                }
                if missed.events.count >= count { break }
            }
        } catch {
            // What came before counts.
        }
        return missed
    }
}
