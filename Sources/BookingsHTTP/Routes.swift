/// The controllers that the routes of the REST interface call.
package struct Controllers: Sendable {
    /// Serves single bookings and the actions on them.
    package let bookings: BookingController
    /// Serves the lists of bookings.
    package let lists: ListController
    /// Serves events, as pages and as streams.
    package let events: EventController
    /// Serves probes and metrics.
    package let operations: OperationsController
    /// `nil` in production, where `POST /auth/token` does not exist.
    package let tokens: TokenController?
    /// Whether the page for trying out the service is served at `/`.
    package let servesDemoPage: Bool

    /// Collects the controllers that the composition has built.
    package init(
        bookings: BookingController, lists: ListController, events: EventController, operations: OperationsController,
        tokens: TokenController?, servesDemoPage: Bool
    ) {
        self.bookings = bookings
        self.lists = lists
        self.events = events
        self.operations = operations
        self.tokens = tokens
        self.servesDemoPage = servesDemoPage
    }

    /// Every route of the REST interface.
    package var routes: [Route] {
        var routes = [
            Route(.post, "/bookings", handler: bookings.create),
            Route(.get, "/bookings", handler: lists.all),
            Route(.get, "/bookings/upcoming", handler: lists.upcoming),
            Route(.get, "/bookings/past", handler: lists.past),
            Route(.get, "/bookings/{id}", handler: bookings.get),
            Route(.get, "/bookings/{id}/history", handler: bookings.history),
            Route(.post, "/bookings/{id}/confirm", handler: bookings.perform(.confirm)),
            Route(.post, "/bookings/{id}/decline", handler: bookings.perform(.decline)),
            Route(.post, "/bookings/{id}/cancel", handler: bookings.perform(.cancel)),
            Route(.post, "/bookings/{id}/reschedule", handler: bookings.reschedule),
            Route(.post, "/bookings/{id}/complete", handler: bookings.perform(.complete)),
            Route(.post, "/bookings/{id}/no-show", handler: bookings.perform(.noShow)),
            Route(.get, "/events", intake: EventController.intake, handler: events.list),
            Route(.get, "/health", access: .everyone, handler: operations.health),
            Route(.get, "/health/live", access: .everyone, handler: operations.live),
            Route(.get, "/health/ready", access: .everyone, handler: operations.ready),
            Route(.get, "/metrics", access: .everyone, handler: operations.metrics),
            Route(.get, "/openapi.json", access: .everyone, handler: DocumentController.openAPI),
            Route(.get, "/docs", access: .everyone, handler: DocumentController.reference),
        ]
        if let tokens { routes.append(Route(.post, "/auth/token", access: .everyone, handler: tokens.create)) }
        if servesDemoPage { routes.append(Route(.get, "/", access: .everyone, handler: DocumentController.demo)) }
        return routes
    }
}
