import HummingbirdCore

/// One step of the chain that every request passes.
protocol Middleware: Sendable {
    /// The rest of the chain, which ends with the handler of the route.
    typealias Next = (inout RequestContext) async throws -> Response

    /// Returns the response of `next`, which may be replaced, or a response of its own.
    ///
    /// Throws a `Problem` or a `BookingError` to reject the request. What a step changes in `context` is visible to the
    /// steps inside it and, after `next` has returned, to the steps outside it.
    func respond(to context: inout RequestContext, next: Next) async throws -> Response
}

/// Composes middlewares into one; the first that is listed is the outermost.
///
/// The type of the chain is known at compile time, so that a request costs one dynamic call and allocates no closures.
@resultBuilder
enum MiddlewareChain {
    /// Returns the chain as one middleware.
    static func compose(@MiddlewareChain _ chain: () -> some Middleware) -> any Middleware { chain() }

    /// Starts the chain.
    static func buildPartialBlock<First: Middleware>(first: First) -> First { first }

    /// Puts the next middleware inside those before it.
    static func buildPartialBlock<Outer: Middleware, Inner: Middleware>(
        accumulated: Outer, next: Inner
    ) -> Nested<Outer, Inner> {
        Nested(outer: accumulated, inner: next)
    }

    /// A middleware whose rest of the chain begins with another one.
    struct Nested<Outer: Middleware, Inner: Middleware>: Middleware {
        let outer: Outer
        let inner: Inner

        func respond(to context: inout RequestContext, next: Next) async throws -> Response {
            try await outer.respond(to: &context) { context in
                try await inner.respond(to: &context, next: next)
            }
        }
    }
}
