import Bookings

extension Preparation {
    /// Returns the reminder lead that the service reports; the longest of several.
    func reportedLead() async throws -> Duration {
        let body = try await exchange(
            "GET /health", 200, UnauthenticatedRequest(target: settings.target).get("/health"))
        let health = try? JSONValue.parse(Array(body.readableBytesView))
        guard case .array(let leads)? = health?["details"]?["reminders"]?["lead_minutes"],
            let longest = leads.compactMap(\.double).max()
        else { throw LoadError.noLead }
        return .milliseconds(Int64((longest * 60_000).rounded()))
    }

    /// How long before its due instant a reminder must be armed, so that it is not late for that reason.
    private static let armingMargin = Duration.seconds(1)

    /// Books what is reminded of during the load, spread evenly over it and over the providers.
    func arm(for begin: Timestamp, lead: Duration, part: Int, of parts: Int) async throws {
        let own = (0..<settings.reminders).filter { $0 % settings.providers % parts == part }
        let length = settings.shape.duration.inSeconds * 1000 / Double(settings.reminders)
        try await forEach(0..<own.count) { index in
            let number = own[index]
            let due = begin + .milliseconds(Int64((Double(number) + 0.5) * length))
            try await arm(due, lead, provider: number % settings.providers / parts)
        }
    }

    private func arm(_ due: Timestamp, _ lead: Duration, provider: Int) async throws {
        let (number, bytes) = try await generator.run { generator in
            let provider = generator.providers[provider]
            provider.reminders.append(ProviderState.Reminder(due: due))
            let number = provider.reminders.count - 1
            let slot = TimeSpan(due + lead, lasting: .milliseconds(1))
            return (number, provider.requests.create(provider.marks.reminder(number), slot))
        }
        let created = CreatedBooking(try await exchange("POST /bookings", 201, bytes))
        if let created, created.isPending { try await confirm(created.id, of: provider) }
        let isArmed = clock.now() + Self.armingMargin < due
        try await generator.run { generator in
            guard isArmed else { return generator.measures.frames.reminders.unarmed += 1 }
            generator.measures.frames.reminders.armed += 1
            let listeners = generator.providers[provider].listeners
            generator.providers[provider].reminders[number].owed = listeners
        }
    }
}
