import Bookings

/// What differs between implementations: paths, names and statuses. The default is the contract of this service.
package struct Profile: Sendable {
    /// Paths of the service; `{id}` stands for a booking's identifier.
    package enum Path: String, CaseIterable, Sendable {
        case bookings, booking, upcoming, past, confirm, cancel, reschedule, history, events, health, openapi
    }

    /// Members of a booking.
    package enum Field: String, CaseIterable, Sendable {
        case id, provider, customer, service, start, end, status, version
    }

    /// Statuses of responses.
    package enum Status: String, CaseIterable, Sendable {
        case created, conflict, invalid, unauthenticated, forbidden, missing
    }

    /// Claims of a token.
    package enum Claim: String, CaseIterable, Sendable { case subject, roles, provider }

    /// Roles in a token.
    package enum Role: String, CaseIterable, Sendable { case customer, provider, admin }

    /// Names of events.
    package enum Event: String, CaseIterable, Sendable { case created, confirmed, cancelled, rescheduled, reminder }

    /// Members of a page, as dotted paths, and its query parameters.
    package enum List: String, CaseIterable, Sendable { case data, total, next, page, limit, cursor }

    package enum Transport: String, CaseIterable, Sendable {
        case socketIO = "socket.io"
        /// The service has no sockets.
        case none
    }

    package var name = "full"
    /// The levels that the service claims: a feature of one of these that is absent is a broken promise, not one that cannot
    /// be tested.
    package var claimed: Set<PromiseLevel> = []
    var paths: [Path: String] = [
        .bookings: "/bookings", .booking: "/bookings/{id}", .upcoming: "/bookings/upcoming", .past: "/bookings/past",
        .confirm: "/bookings/{id}/confirm", .cancel: "/bookings/{id}/cancel",
        .reschedule: "/bookings/{id}/reschedule", .history: "/bookings/{id}/history", .events: "/events",
        .health: "/health", .openapi: "/openapi.json",
    ]
    var fields: [Field: String] = [
        .id: "id", .provider: "provider_id", .customer: "customer_id", .service: "service_id", .start: "start_time",
        .end: "end_time", .status: "status", .version: "version",
    ]
    var statuses: [Status: Int] = [
        .created: 201, .conflict: 409, .invalid: 400, .unauthenticated: 401, .forbidden: 403, .missing: 404,
    ]
    var claims: [Claim: String] = [.subject: "sub", .roles: "roles", .provider: "provider_id"]
    var roles: [Role: String] = [.customer: "customer", .provider: "provider", .admin: "admin"]
    var events: [Event: String] = [
        .created: "booking.created", .confirmed: "booking.confirmed", .cancelled: "booking.cancelled",
        .rescheduled: "booking.rescheduled", .reminder: "booking.reminder",
    ]
    var lists: [List: String] = [
        .data: "data", .total: "meta.total", .next: "meta.next_cursor", .page: "page", .limit: "limit",
        .cursor: "cursor",
    ]
    package var transport = Transport.socketIO
    /// The time from a reminder to the start of its booking.
    package var lead = Duration.seconds(600)

    package init() {}

    /// Claims every level.
    package static var full: Profile {
        var profile = Profile()
        profile.claimed = Set(PromiseLevel.allCases)
        return profile
    }

    /// Claims the contract of the original service: what is above it is judged where it is offered.
    package static var seed: Profile {
        var profile = Profile()
        profile.name = "seed"
        profile.claimed = [.seed, .stores]
        return profile
    }

    func path(_ path: Path, id: String = "") -> String { (paths[path] ?? "").replacing("{id}", with: id) }
    func field(_ field: Field) -> String { fields[field] ?? field.rawValue }
    func status(_ status: Status) -> Int { statuses[status] ?? 0 }
    func claim(_ claim: Claim) -> String { claims[claim] ?? claim.rawValue }
    func role(_ role: Role) -> String { roles[role] ?? role.rawValue }
    func event(_ event: Event) -> String { events[event] ?? event.rawValue }
    func list(_ list: List) -> String { lists[list] ?? list.rawValue }
}
