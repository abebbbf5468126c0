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
    private static let patience = TimeAmount.seconds(3)

    /// Opens the event stream behind a cursor, and returns its first events: so many, or those that came in time.
    func streamedEvents(of server: String, token: String, after cursor: String, count: Int) async -> [StreamedEvent] {
        var request = HTTPClientRequest(url: server + "/events")
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Accept", value: "text/event-stream")
        request.headers.add(name: "Last-Event-ID", value: cursor)
        guard let response = try? await client.execute(request, timeout: Self.patience), response.status == .ok else {
            return []
        }
        var parser = EventStreamParser()
        var events: [StreamedEvent] = []
        do {
            for try await chunk in response.body {
                events += parser.append(String(buffer: chunk))
                if events.count >= count { break }
            }
        } catch {
            // What came before counts.
        }
        return events
    }

    /// Opens a Socket.IO session over long-polling that resumes behind a cursor, and returns the payloads of its first
    /// events: so many, or those that came.
    func polledEvents(of server: String, token: String, after cursor: String, count: Int) async -> [Substring] {
        let address = server + "/socket.io/?EIO=4&transport=polling"
        let open = await send("GET", address, token: nil).text
        guard let sid = (try? JSONValue.parse(open.dropFirst().utf8))?["sid"]?.string else { return [] }
        let session = address + "&sid=\(sid)"
        let auth = JSONValue.object([
            JSONMember(name: "after", value: .string(cursor)), JSONMember(name: "token", value: .string(token)),
        ])
        _ = await send("POST", session, token: nil, body: "40" + auth.text)
        var events: [Substring] = []
        // Each poll brings a packet at least.
        for _ in 0..<count + 2 where events.count < count {
            let answer = await send("GET", session, token: nil)
            guard answer.status == 200 else { break }
            for packet in answer.text.split(separator: "\u{1e}") where packet.hasPrefix("42") {
                events.append(packet.dropFirst(2))
            }
        }
        _ = await send("POST", session, token: nil, body: "1")
        return events
    }
}
