import Bookings

extension Checker {
    /// Compares the answers with an entity tag with each other, and those without a body with the versions that the
    /// booking had while the request was in flight. `If-Match` is left to `linearizable`.
    static let etag = Checker(
        "etag", "Equal entity tags mean equal bytes, and 304 comes exactly while the booking has the named version."
    ) { history in
        let timelines = Dictionary(
            BookingTimeline.all(in: history).map { ($0.booking, $0) }, uniquingKeysWith: { first, _ in first })
        var bodies: [TaggedAnswer: String] = [:]
        return history.exchanges.compactMap { exchange in
            guard case .booking = AnswerShape(exchange), let tag = exchange.header("etag") else { return nil }
            let violation =
                exchange.status == 304
                ? unchanged(exchange, tag, timelines) : tagged(exchange, tag, &bodies) ?? modified(exchange, tag)
            return violation.map {
                Anomaly("the answer to \(exchange.method) \(exchange.target) \($0)", at: exchange.at)
            }
        }
    }
}

/// A booking, whatever request shows it, under an entity tag.
private struct TaggedAnswer: Hashable { let booking: Substring, tag: String }

/// A booking has the same bytes under the same tag, in answers to reads and to writes.
private func tagged(_ exchange: History.Exchange, _ tag: String, _ bodies: inout [TaggedAnswer: String]) -> String? {
    guard exchange.isSuccess, let id = booking(of: exchange) else { return nil }
    let key = TaggedAnswer(booking: id, tag: tag)
    guard let known = bodies[key] else {
        bodies[key] = exchange.body
        return nil
    }
    return known.utf8.elementsEqual(exchange.body.utf8) ? nil : "has the tag \(tag) of an answer with other bytes"
}

/// The id in the path, or in the location of a new booking.
private func booking(of exchange: History.Exchange) -> Substring? {
    let path = exchange.header("location") ?? exchange.path
    return path.split(separator: "/").dropFirst().first
}

/// A request that names the tag of the answer is answered with 304.
private func modified(_ exchange: History.Exchange, _ tag: String) -> String? {
    exchange.method == "GET" && exchange.requestHeader("if-none-match") == tag
        ? "shows the booking although the request named its tag \(tag)" : nil
}

/// Nothing may have changed since the version that the request named.
private func unchanged(
    _ exchange: History.Exchange, _ tag: String, _ timelines: [BookingID: BookingTimeline]
) -> String? {
    guard let named = exchange.requestHeader("if-none-match") else { return "is 304 without a condition" }
    guard named == tag else { return "is 304 with the tag \(tag) although the request named \(named)" }
    guard let id = booking(of: exchange).flatMap({ BookingID(String($0)) }), let timeline = timelines[id] else {
        return nil
    }
    let isCurrent = timeline.versions.contains {
        "\"\($0.row.version)\"" == named && $0.possibleFrom < exchange.answered && $0.possibleUntil > exchange.sent
    }
    return isCurrent ? nil : "is 304 although the booking no longer had the version \(named)"
}
