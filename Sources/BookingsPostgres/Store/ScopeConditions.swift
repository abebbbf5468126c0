import Bookings

/// A scope as conditions on the columns `provider_id` and `customer_id`.
struct ScopeConditions {
    /// A letter for the kind of the conditions, which distinguishes the names of prepared statements.
    let shape: String
    /// A row in the scope meets exactly one of them. With two, the first is that of the provider.
    let alternatives: [String]

    /// Binds the values of the scope.
    init(_ scope: BookingScope, _ parameters: inout ParameterList) {
        if scope.everything {
            (shape, alternatives) = ("a", ["true"])
            return
        }
        switch (scope.provider, scope.customer) {
        case (let provider?, let customer?):
            let first = parameters.bind(provider.description)
            let second = parameters.bind(customer.text)
            shape = "b"
            alternatives = ["provider_id = \(first)", "customer_id = \(second) and provider_id <> \(first)"]
        case (let provider?, nil):
            (shape, alternatives) = ("p", ["provider_id = \(parameters.bind(provider.description))"])
        case (nil, let customer?):
            (shape, alternatives) = ("c", ["customer_id = \(parameters.bind(customer.text))"])
        case (nil, nil): (shape, alternatives) = ("n", ["false"])
        }
    }

    /// Returns the rows of a table that are in the scope and meet the conditions, as an item of `from`.
    ///
    /// With `or`, the database would read all rows of the owner. Each alternative is a select of its own instead, which
    /// follows its index and ends at the limit (decision 0018).
    ///
    /// - Parameter first: The order and limit up to which rows of an alternative are needed.
    func rows(of table: String, where conditions: [String], first: String = "") -> String {
        let selects = alternatives.map {
            "select * from \(table) where \(([$0] + conditions).joined(separator: " and "))"
        }
        guard selects.count > 1 else { return "(\(selects[0])) as \(table)" }
        return "(\(selects.map { "(\($0) \(first))" }.joined(separator: " union all "))) as \(table)"
    }
}
