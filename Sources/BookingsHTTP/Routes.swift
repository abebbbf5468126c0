/// The controllers that the routes of the REST interface call.
package struct Controllers: Sendable {
    /// Serves single bookings and the actions on them.
    package let bookings: BookingController
    /// Serves the lists of bookings.
    package let lists: ListController
    /// Serves events, as pages and as streams.
    package let events: EventController
    /// Serves the ledger of reminders.
    package let reminders: ReminderController
    /// Serves probes and metrics.
    package let operations: OperationsController
    /// `nil` in production, where `POST /auth/token` does not exist.
    package let tokens: TokenController?
    /// `nil` with `WEBHOOKS=off`.
    package let webhooks: WebhookController?
    /// Whether the page for trying out the service is served at `/`.
    package let servesDemoPage: Bool

    /// Collects the controllers that the composition has built.
    package init(
        bookings: BookingController, lists: ListController, events: EventController, reminders: ReminderController,
        operations: OperationsController, tokens: TokenController?, webhooks: WebhookController?, servesDemoPage: Bool
    ) {
        self.bookings = bookings
        self.lists = lists
        self.events = events
        self.reminders = reminders
        self.operations = operations
        self.tokens = tokens
        self.webhooks = webhooks
        self.servesDemoPage = servesDemoPage
    }

    /// Every route of the REST interface.
    package var routes: [Route] {
        var routes = [
            Route(.post, "/bookings") { try await bookings.create($0) },
            Route(.get, "/bookings") { try await lists.all($0) },
            Route(.get, "/bookings/upcoming") { try await lists.upcoming($0) },
            Route(.get, "/bookings/past") { try await lists.past($0) },
            Route(.get, "/bookings/{id}") { try await bookings.get($0) },
            Route(.get, "/bookings/{id}/history") { try await bookings.history($0) },
            Route(.post, "/bookings/{id}/confirm", handler: bookings.perform(.confirm)),
            Route(.post, "/bookings/{id}/decline", handler: bookings.perform(.decline)),
            Route(.post, "/bookings/{id}/cancel", handler: bookings.perform(.cancel)),
            Route(.post, "/bookings/{id}/reschedule") { try await bookings.reschedule($0) },
            Route(.post, "/bookings/{id}/complete", handler: bookings.perform(.complete)),
            Route(.post, "/bookings/{id}/no-show", handler: bookings.perform(.noShow)),
            Route(.get, "/events", intake: EventController.intake) { try await events.list($0) },
            Route(.get, "/reminders") { try await reminders.list($0) },
            Route(.post, "/reminders/{event_id}/replay") { try await reminders.replay($0) },
            Route(.get, "/health", access: .everyone) { try await operations.health($0) },
            Route(.get, "/health/live", access: .everyone) { try await operations.live($0) },
            Route(.get, "/health/ready", access: .everyone) { try await operations.ready($0) },
            Route(.get, "/metrics", access: .everyone) { try await operations.metrics($0) },
            Route(.get, "/openapi.json", access: .everyone) { DocumentController.openAPI($0) },
            Route(.get, "/docs", access: .everyone) { DocumentController.reference($0) },
        ]
        if let tokens { routes.append(Route(.post, "/auth/token", access: .everyone) { try await tokens.create($0) }) }
        if let webhooks { routes += webhooks.routes }
        if servesDemoPage { routes.append(Route(.get, "/", access: .everyone) { DocumentController.demo($0) }) }
        return routes
    }
}
