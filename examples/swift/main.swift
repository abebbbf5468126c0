// The tests of an integrator, who mails reminders: examples/swift/test
import Foundation
import FoundationNetworking

/// The program under test: mails each reminder once, however often it comes.
final class Mailer {
    private(set) var mailed: [String] = []
    private var seen: Set<String> = []

    func handle(_ event: Object) {
        guard event["name"] as? String == "booking.reminder", seen.insert(id(event)).inserted else { return }
        mailed.append((event["data"] as? Object)?["customer_id"] as? String ?? "")
    }
}

func stamp(_ event: Object) -> Object { (event["data"] as? Object)?["event"] as? Object ?? [:] }
func id(_ event: Object) -> String { stamp(event)["id"] as? String ?? "" }

/// The events of a connection that is open: server-sent events, from a cursor or from now on. They end with the connection.
final class Stream: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private let (bytes, input) = AsyncStream.makeStream(of: Data.self)
    private var chunks: AsyncStream<Data>.Iterator
    private var text = ""
    private var session: URLSession?

    init(_ clock: BookingsClock, after cursor: String? = nil) async throws {
        chunks = bytes.makeAsyncIterator()
        super.init()
        var request = URLRequest(url: URL(string: clock.addresses[0] + "/events")!)
        request.allHTTPHeaderFields = [
            "Accept": "text/event-stream", "Authorization": "Bearer \(try await clock.token("mailer", "admin"))",
        ]
        if let cursor { request.setValue(cursor, forHTTPHeaderField: "Last-Event-ID") }
        session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
        session?.dataTask(with: request).resume()
        // The stream begins with a comment once it is open.
        if let comment = await chunks.next() { text = String(decoding: comment, as: UTF8.self) }
    }

    func urlSession(_: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) { input.yield(data) }
    func urlSession(_: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) { input.finish() }

    /// Returns the next event, or nothing when the connection has ended.
    func next() async throws -> Object? {
        while true {
            while let end = text.range(of: "\n\n") {
                let lines = text[..<end.lowerBound].split(separator: "\n")
                text.removeSubrange(..<end.upperBound)
                guard let data = lines.first(where: { $0.hasPrefix("data: ") }),
                    let name = lines.first(where: { $0.hasPrefix("event: ") })
                else { continue }
                let json = try JSONSerialization.jsonObject(with: Data(data.dropFirst(6).utf8))
                return ["name": String(name.dropFirst(7)), "data": json]
            }
            guard let chunk = await chunks.next() else { return nil }
            text += String(decoding: chunk, as: UTF8.self)
        }
    }
}

let clock = try BookingsClock(replicas: 2)
var failures = 0

@MainActor func expect(_ holds: Bool, _ what: String, line: Int = #line) {
    if !holds { failures += 1; print("main.swift:\(line): \(what)") }
}

@MainActor func test(_ name: String, _ body: @MainActor () async throws -> Void) async {
    let before = failures
    do {
        try await clock.reset()
        try await body()
    } catch { expect(false, "\(error)") }
    print(failures == before ? "passed: \(name)" : "FAILED: \(name)")
}

@MainActor func book(_ start: String, _ end: String, key: String = UUID().uuidString) async throws -> (HTTPURLResponse, Object) {
    let body = [
        "provider_id": "11111111-1111-4111-8111-111111111111", "service_id": "22222222-2222-4222-8222-222222222222",
        "start_time": start, "end_time": end,
    ]
    return try await clock.send(
        "POST", "/bookings", clock.token("ann", "customer"), body: body, headers: ["Idempotency-Key": key])
}

await test("a reminder comes ten minutes before") {
    expect(try await book("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z").0.statusCode == 201, "not booked")
    expect(try await clock.advance(["to": "2030-03-29T06:49:59Z"]).isEmpty, "too early")
    expect(try await clock.advance(["by": "1s"]).map { $0["name"] as? String } == ["booking.reminder"], "no reminder")
}

await test("an event that comes again after a cut is mailed once") {
    let (mailer, stream) = (Mailer(), try await Stream(clock))
    _ = try await book("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z")
    _ = try await clock.advance(["until": "next-reminder"])
    let cursor = stamp(try await stream.next() ?? [:])["cursor"] as? String
    // The connection is cut before the mailer has stored the cursor of the reminder.
    let reminder = try await stream.next() ?? [:]
    mailer.handle(reminder)
    try await clock.fault("drop-sockets")
    expect(try await stream.next() == nil, "not cut")
    let again = try await Stream(clock, after: cursor).next() ?? [:]
    expect(id(again) == id(reminder) && !id(again).isEmpty, "another event")
    mailer.handle(again)
    expect(mailer.mailed == ["ann"], "\(mailer.mailed)")
}

await test("a retry after a lost answer makes no second booking") {
    let (start, end) = ("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z")
    try await clock.fault("lost-answer")
    expect(try await book(start, end, key: "k1").0.statusCode == 503, "answered")
    try await clock.repair("lost-answer")
    let again = try await book(start, end, key: "k1").0
    expect(again.statusCode == 201, "\(again.statusCode)")
    expect(again.value(forHTTPHeaderField: "Idempotency-Replayed") == "true", "not replayed")
    let list = try await clock.send("GET", "/bookings", clock.token("root", "admin")).1
    expect((list["data"] as? [Object])?.count == 1, "not one booking")
}

await test("the night in which clocks change delays no reminder") {
    // In Berlin 03:30 follows 01:59 by 91 minutes of the clock, and by 31 minutes of time.
    _ = try await book("2030-03-31T03:30:00+02:00", "2030-03-31T04:00:00+02:00")
    _ = try await clock.advance(["to": "2030-03-31T01:59:00+01:00"])
    let due = try await clock.advance(["by": "21m"]).map { ($0["data"] as? Object)?["due_at"] as? String }
    expect(due == ["2030-03-31T01:20:00.000Z"], "\(due)")
}

clock.stop()
exit(failures == 0 ? 0 : 1)
