import Bookings
import HTTPTypes

/// Verifies the bearer token of requests to routes that require one.
struct Authentication: Sendable {
    /// How far `exp` and `nbf` may deviate from the clock. Event streams have no leeway.
    private static let leeway = Duration.seconds(30)
    private static let challenge = "Bearer realm=\"bookings\""

    private let verifier: any TokenVerifier

    init(_ verifier: any TokenVerifier) {
        self.verifier = verifier
    }

    /// Returns the caller that the token names. Throws 401 for a missing or invalid token, and 503 while the keys to verify it are unknown.
    func caller(of context: RequestContext) async throws(Problem) -> Caller {
        let token = try Self.bearerToken(of: context)
        do throws(TokenError) {
            return .authenticated(try await verify(token, context.trace).get())
        } catch {
            switch error {
            // Rejected by RoleRequirement, once the request was counted.
            case .noRoles(let subject): return .withoutRoles(subject)
            case .keysUnavailable: throw Self.keysUnavailable
            case .invalid(let reason): throw Self.invalidToken(reason)
            }
        }
    }

    /// A request for the keys of a token carries the trace of the request that needs them.
    private func verify(_ token: String, _ trace: TraceContext) async -> Result<Principal, TokenError> {
        await TraceContext.$current.withValue(trace) {
            do throws(TokenError) {
                return .success(try await verifier.verify(token, leeway: Self.leeway))
            } catch {
                return .failure(error)
            }
        }
    }

    /// The token of the `Authorization` header (RFC 6750, section 2.1). Query parameters and cookies are ignored.
    ///
    /// Compares bytes instead of characters because it runs for every request.
    private static func bearerToken(of context: RequestContext) throws(Problem) -> String {
        guard let header = try context.header(.authorization) else { throw missingToken }
        let value = header.utf8.drop { $0 == UInt8(ascii: " ") }
        let scheme = value.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else { throw missingToken }
        let token = Substring(value[scheme.endIndex...]).trimmingSpaces
        if token.isEmpty { throw invalidToken("The token is missing.") }
        return token
    }

    // MARK: - Problems

    /// The token expired, also within the leeway.
    static let expiredToken = invalidToken("The token has expired.")

    private static let missingToken = unauthorized("A bearer token is required.", challenge: challenge)

    private static func invalidToken(_ reason: String) -> Problem {
        unauthorized(reason, challenge: challenge + ", error=\"invalid_token\"")
    }

    private static func unauthorized(_ detail: String, challenge: String) -> Problem {
        var problem = Problem(.unauthorized, detail)
        problem.headers[.wwwAuthenticate] = challenge
        return problem
    }

    private static let keysUnavailable: Problem = {
        var problem = Problem(.unavailable, "The token signing keys are unavailable; try again.")
        problem.headers[.retryAfter] = "10"
        return problem
    }()
}

/// Rejects callers whose token has no role of this service.
struct RoleRequirement: Sendable {
    func check(_ caller: Caller) throws(Problem) {
        if case .withoutRoles = caller {
            throw Problem(.forbidden, "The token has none of the roles of this service.")
        }
    }
}
