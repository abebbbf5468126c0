import Bookings

extension Checker {
    /// Compares every answer with the OpenAPI document and with the model of the bookings, and every event with the
    /// model and the log. `AllowedVariation` names what is not compared.
    static let contract = Checker(
        "contract", "Every answer and every event is, whole, what the OpenAPI document and the model allow."
    ) { history in
        let model = BookingModel(history)
        return AnswerContract(history, model).anomalies() + EventContract(history, model).anomalies()
    }
}

/// The part of `contract` about answers.
struct AnswerContract {
    private let history: History
    private let model: BookingModel
    private let rows: RowContract
    private let earlier: EarlierAnswers
    /// The booking writes and reads by the sequence number of their sending.
    private let calls: [Int: History.Call]

    init(_ history: History, _ model: BookingModel) {
        self.history = history
        self.model = model
        rows = RowContract(model: model, providers: Set(history.providers))
        earlier = EarlierAnswers(history.exchanges)
        calls = Dictionary(history.calls.map { ($0.sent, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func anomalies() -> [Anomaly] {
        var schemas = DescribedAnswers()
        var cursors: [String: Timestamp] = [:]
        return history.exchanges.flatMap { exchange -> [Anomaly] in
            guard let status = exchange.status else { return [] }
            let found = violations(exchange, status, &schemas, &cursors)
            return found.map {
                Anomaly(
                    "the answer \(status) to \(exchange.method) \(exchange.target)"
                        + "\(exchange.request.map { " (\($0))" } ?? "") \($0)",
                    booking: calls[exchange.sent]?.booking, at: exchange.at)
            }
        }
    }

    private func violations(
        _ exchange: History.Exchange, _ status: Int, _ schemas: inout DescribedAnswers,
        _ cursors: inout [String: Timestamp]
    ) -> [String] {
        guard let description = schemas.description(of: exchange, status) else { return ["is not described"] }
        let headers = HeaderContract.violations(exchange, status, description)
        if status == 304 { return headers + (exchange.body.isEmpty ? [] : ["has a body"]) }
        guard status < 400 else {
            return headers + ProblemContract(earlier: earlier).violations(exchange, status, calls[exchange.sent])
        }
        return headers + bodyViolations(exchange, description, &cursors)
    }

    /// The answer is judged by the shape of its route.
    ///
    /// - Parameter cursors: The instants of the lists that the cursors so far lead on.
    private func bodyViolations(
        _ exchange: History.Exchange, _ description: OpenAPIConformance.ResponseDescription,
        _ cursors: inout [String: Timestamp]
    ) -> [String] {
        guard let schema = description.schemas["application/json"] else { return [] }
        guard let json = exchange.json else { return ["is not JSON"] }
        switch AnswerShape(exchange) {
        case .booking: return rows.violations(json) + rows.headers(exchange, json)
        case .page(let list):
            return PageContract(exchange, list, history).violations(json, rows, &cursors)
        case .history(let id):
            return HistoryContract(model: model, providers: history.providers).violations(json, of: id)
        case .events, .other: return OpenAPIConformance.shared.violations(json, schema: schema)
        }
    }
}

/// What the body of a successful answer holds, by its route.
enum AnswerShape {
    case booking
    case page(BookingList)
    case history(BookingID)
    case events
    case other

    init(_ exchange: History.Exchange) {
        let parts = exchange.path.split(separator: "/").map(String.init)
        switch (parts.first, parts.count) {
        case ("events", 1): self = .events
        case ("bookings", 1): self = exchange.method == "POST" ? .booking : .page(.all)
        case ("bookings", 2) where parts[1] == "upcoming": self = .page(.upcoming)
        case ("bookings", 2) where parts[1] == "past": self = .page(.past)
        case ("bookings", 2): self = .booking
        case ("bookings", 3) where parts[2] == "history": self = BookingID(parts[1]).map { .history($0) } ?? .other
        case ("bookings", 3): self = .booking
        default: self = .other
        }
    }
}

/// The descriptions of the OpenAPI document, each looked up once.
struct DescribedAnswers {
    private struct Key: Hashable { let method: String, path: String, status: Int }
    private var known: [Key: OpenAPIConformance.ResponseDescription?] = [:]

    mutating func description(
        of exchange: History.Exchange, _ status: Int
    ) -> OpenAPIConformance.ResponseDescription? {
        let path = exchange.path
        let parts = path.split(separator: "/")
        // The routes below a booking differ in their last part alone.
        let isOfBooking = parts.count > 1 && parts[0] == "bookings" && BookingID(String(parts[1])) != nil
        let template = isOfBooking ? (["bookings", "id"] + parts.dropFirst(2)).joined(separator: "/") : path
        let key = Key(method: exchange.method, path: template, status: status)
        if let description = known[key] { return description }
        let found = OpenAPIConformance.shared.description(method: exchange.method, path: path, status: status)
        known[key] = .some(found)
        return found
    }
}
