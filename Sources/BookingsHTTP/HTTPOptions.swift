import Bookings

/// The configuration of the HTTP interface.
package struct HTTPOptions: Sendable {
    /// The origins whose pages may send requests (`FRONTEND_URL`).
    package var frontendOrigins: [String] = []
    /// What customers may do with bookings.
    package var customerAccess = CustomerAccess.create
    /// The status of a new booking.
    package var initialStatus = BookingStatus.confirmed
    /// When reminders of a booking are due.
    package var reminderPlan = ReminderPlan(leads: [.seconds(600)])
    /// How long events can be read after they occurred.
    package var eventRetention = Duration.seconds(604_800)
    /// How long the rows of a page are cached at most; zero disables the cache.
    package var cacheTTL = Duration.seconds(30)
    /// `nil` if requests are not limited.
    package var rateLimit: RateLimit?
    /// Whether webhooks can be managed.
    package var webhooks = true
    /// Which URLs webhooks may have.
    package var webhookRules = WebhookAddressRules(isProduction: false)
    /// Encrypts the secrets of webhooks in the store; `nil` stores them as they are.
    package var secretsKey: [UInt8]?
    /// Whether the page for trying out the service is served; never in production.
    package var servesTestPages = false

    /// Creates the default configuration.
    package init() {}
}
