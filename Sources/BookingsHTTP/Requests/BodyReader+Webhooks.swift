import Bookings

// The members of webhooks. Each function adds an error and returns nil for a member that is missing or invalid.
extension BodyReader {
    /// Returns the URL of a webhook that the rules allow, as far as the URL itself shows. What its host resolves to is
    /// checked whenever it is connected to.
    mutating func webhookURL(isRequired: Bool, _ rules: WebhookAddressRules) -> WebhookURL? {
        guard let text = string("url", isRequired: isRequired) else { return nil }
        guard let url = WebhookURL(text) else {
            addError(
                "url",
                "url must be an http or https URL in ASCII of at most \(WebhookURL.maximumLength) characters, without user information and fragment."
            )
            return nil
        }
        guard rules.allowsScheme(of: url) else {
            addError("url", "url must begin with https://.")
            return nil
        }
        if let address = IPAddress(url.host), !rules.allows(address) {
            addError("url", "url has an address that is not allowed.")
            return nil
        }
        return url
    }

    /// Returns the names of events; `nil` if the member is absent.
    mutating func eventNames() -> Set<EventName>? {
        guard let value = value("events"), value != .null, let texts = strings("events") else { return nil }
        let names = texts.map { EventName(rawValue: $0) }
        guard !names.isEmpty, !names.contains(nil) else {
            addError(
                "events",
                "events must name at least one of " + EventName.allCases.map(\.rawValue).joined(separator: ", ") + ".")
            return nil
        }
        let set = Set(names.compactMap { $0 })
        return set.count == EventName.allCases.count ? [] : set
    }

    /// Returns the case that a member names, which must be one of `cases`; `nil` if it is absent.
    mutating func choice<Choice: RawRepresentable & CaseIterable & Equatable>(
        _ name: String, as type: Choice.Type, of cases: [Choice] = Array(Choice.allCases)
    ) -> Choice? where Choice.RawValue == String {
        guard let text = string(name, isRequired: false) else { return nil }
        if let choice = Choice(rawValue: text), cases.contains(choice) { return choice }
        addError(name, "\(name) must be one of \(cases.map(\.rawValue).joined(separator: ", ")).")
        return nil
    }

    /// Returns where a replay begins: exactly one of `after` and `from`.
    mutating func replayStart(_ cipher: CursorCipher) -> ManageWebhooks.ReplayStart? {
        let after = string("after", isRequired: false)
        guard let value = value("from"), value != .null else {
            guard let after else {
                addError("after", "after or from is required.")
                return nil
            }
            if let position = cipher.position(of: after) { return .position(position) }
            addError("after", "after is not a valid cursor.")
            return nil
        }
        let from = timestamp("from")
        if after != nil {
            addError("from", "after and from exclude each other.")
            return nil
        }
        return from.map { .instant($0) }
    }
}
