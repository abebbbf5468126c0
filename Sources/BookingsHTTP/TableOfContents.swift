import Bookings
import HummingbirdCore

/// Every route of the service.
package func tableOfContents(_ dependencies: HTTPDependencies) -> [Route] {
    let bookings = BookingController(dependencies)
    let lists = ListController(dependencies)
    let events = EventController(dependencies)
    let operations = OperationsController(dependencies)
    var routes = [
        Route(method: .post, template: "/bookings", access: .bearer, handler: bookings.create),
        Route(method: .get, template: "/bookings", access: .bearer, handler: lists.all),
        Route(method: .get, template: "/bookings/upcoming", access: .bearer, handler: lists.upcoming),
        Route(method: .get, template: "/bookings/past", access: .bearer, handler: lists.past),
        Route(method: .get, template: "/bookings/{id}", access: .bearer, handler: bookings.get),
        Route(method: .get, template: "/bookings/{id}/history", access: .bearer, handler: bookings.history),
        Route(method: .post, template: "/bookings/{id}/confirm", access: .bearer, handler: bookings.act(.confirm)),
        Route(method: .post, template: "/bookings/{id}/decline", access: .bearer, handler: bookings.act(.decline)),
        Route(method: .post, template: "/bookings/{id}/cancel", access: .bearer, handler: bookings.act(.cancel)),
        Route(method: .post, template: "/bookings/{id}/reschedule", access: .bearer, handler: bookings.reschedule),
        Route(method: .post, template: "/bookings/{id}/complete", access: .bearer, handler: bookings.act(.complete)),
        Route(method: .post, template: "/bookings/{id}/no-show", access: .bearer, handler: bookings.act(.noShow)),
        Route(
            method: .get, template: "/events", access: .bearer,
            intake: {
                RequestIntake(waitsForEvents: $0.headerFields[.accept]?.contains(EventStream.mediaType) ?? false)
            },
            handler: events.list),
        Route(method: .get, template: "/health", access: .everyone, handler: operations.health),
        Route(method: .get, template: "/health/live", access: .everyone, handler: operations.live),
        Route(method: .get, template: "/health/ready", access: .everyone, handler: operations.ready),
        Route(method: .get, template: "/metrics", access: .everyone, handler: operations.metrics),
        Route(method: .get, template: "/openapi.json", access: .everyone, handler: DocumentController.json),
        Route(method: .get, template: "/docs", access: .everyone, handler: DocumentController.page),
    ]
    if let issuer = dependencies.ports.tokenIssuer {
        let tokens = TokenController(issuer: issuer)
        routes.append(Route(method: .post, template: "/auth/token", access: .everyone, handler: tokens.create))
    }
    if dependencies.options.servesTestPages {
        routes.append(Route(method: .get, template: "/", access: .everyone, handler: DemoPage.show))
    }
    return routes
}
