import Bookings
import GRDB

/// A scope as a condition on the columns `provider_id` and `customer_id`.
enum ScopeCondition {
    /// Returns the condition and its arguments.
    static func sql(_ scope: BookingScope) -> (String, StatementArguments) {
        if scope.everything { return ("true", []) }
        switch (scope.provider, scope.customer) {
        case (let provider?, let customer?):
            return ("(provider_id = ? or customer_id = ?)", [provider.description, customer.text])
        case (let provider?, nil): return ("provider_id = ?", [provider.description])
        case (nil, let customer?): return ("customer_id = ?", [customer.text])
        case (nil, nil): return ("false", [])
        }
    }

    /// Returns conditions with their arguments, of which a row in the scope meets exactly one.
    static func alternatives(_ scope: BookingScope) -> [(sql: String, arguments: StatementArguments)] {
        guard !scope.everything, let provider = scope.provider, let customer = scope.customer else {
            return [sql(scope)]
        }
        return [
            ("provider_id = ?", [provider.description]),
            ("customer_id = ? and provider_id <> ?", [customer.text, provider.description]),
        ]
    }
}
