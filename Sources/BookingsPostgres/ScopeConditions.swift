import Bookings

/// A scope as conditions on the columns `provider_id` and `customer_id`.
struct ScopeConditions {
    /// A letter for what they are.
    let shape: String
    /// A row meets one of them, or none.
    private let alternatives: [String]

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

    /// The rows of the table that are in the scope and meet the conditions, as an item of `from`.
    ///
    /// With `or` the database would read all that an owner has. So each alternative goes along its own index, and ends
    /// after what is wanted of it (`first`: order and limit).
    func rows(of table: String, where conditions: [String], first: String = "") -> String {
        let selects = alternatives.map {
            "select * from \(table) where \(([$0] + conditions).joined(separator: " and "))"
        }
        guard selects.count > 1 else { return "(\(selects[0])) as \(table)" }
        return "(\(selects.map { "(\($0) \(first))" }.joined(separator: " union all "))) as \(table)"
    }
}
