import Bookings

/// What a deployment configures about the HTTP interface.
package struct HTTPOptions: Sendable {
    /// Allowed origins (`FRONTEND_URL`), for CORS.
    package var frontendOrigins: [String] = []
    package var customerAccess = CustomerAccess.create
    /// The status of a new booking.
    package var initialStatus = BookingStatus.confirmed
    package var reminderPlan = ReminderPlan(leads: [.seconds(600)])
    /// How long an event can be read after it was recorded.
    package var eventRetention = Duration.seconds(604_800)
    /// How long a cached page may be served at most.
    package var cacheTTL = Duration.seconds(30)
    /// Nil: requests are not limited.
    package var rateLimit: RateLimit?
    /// Whether pages for trying the service out are served; never in production.
    package var servesTestPages = false

    package init() {}
}
