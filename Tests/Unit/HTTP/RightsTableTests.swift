import XCTest

@testable import Bookings

/// Checks every cell of the contract's table of role, route and ownership.
final class RightsTableTests: XCTestCase {
    private enum Caller: CaseIterable {
        case noKnownRole, customer, provider, providerWithoutID, admin, customerAndProvider

        func token(_ app: TestApp) -> String {
            switch self {
            case .noKnownRole: app.token("ann", "cook")
            case .customer: app.token("ann", "customer")
            case .provider: app.token(TestApp.provider, "provider")
            case .providerWithoutID: app.token("paul", "provider")
            case .admin: app.token("root", "admin")
            case .customerAndProvider: app.token("ann", "customer", "provider", provider: TestApp.provider)
            }
        }

        var isCustomer: Bool { self == .customer || self == .customerAndProvider }
        var isProvider: Bool { self == .provider || self == .customerAndProvider }
    }

    /// Whether the booking belongs to the provider and the customer of the test.
    private struct Ownership: CaseIterable {
        let provider: Bool
        let customer: Bool

        static var allCases: [Ownership] {
            [false, true].flatMap { provider in [false, true].map { Ownership(provider: provider, customer: $0) } }
        }

        var providerID: String { provider ? TestApp.provider : TestApp.otherProvider }
        var subject: String { customer ? "ann" : "bob" }
    }

    /// What a caller may do with a booking: not use the route at all, not see it, or use the route.
    private enum Permission { case forbidden, invisible, permitted }

    /// What the contract permits for reads and actions.
    private func permission(
        _ caller: Caller, _ owned: Ownership, _ access: CustomerAccess, isCancel: Bool, isRead: Bool
    )
        -> Permission
    {
        if caller == .admin { return .permitted }
        let reads = caller.isCustomer && access == .own
        let acts = reads && (isRead || isCancel)
        if !caller.isProvider && !acts { return .forbidden }
        if caller.isProvider && owned.provider || acts && owned.customer { return .permitted }
        return reads && owned.customer ? .forbidden : .invisible
    }

    private static let actions = ["confirm", "decline", "cancel", "reschedule", "complete", "no-show"]

    func test_each_role_may_read_and_change_what_the_contract_permits() async throws {
        for access in CustomerAccess.allCases {
            let app = try await TestApp.open {
                $0.customerAccess = access
                $0.initialStatus = .pending
            }
            var hour = 1.0
            for caller in Caller.allCases {
                for owned in Ownership.allCases {
                    for route in ["", "/history"] + Self.actions.map({ "/" + $0 }) {
                        let id = try await app.book(
                            provider: owned.providerID, customer: owned.subject, from: hour, to: hour + 1)
                        hour += 2
                        let isRead = ["", "/history"].contains(route)
                        let answer = try await app.send(
                            isRead ? .get : .post, "/bookings/\(id)\(route)", as: caller.token(app),
                            body: route == "/reschedule"
                                ? #"{"start_time":"\#(TestApp.at(hour - 0.9))","end_time":"\#(TestApp.at(hour - 0.5))"}"#
                                : nil)
                        let permitted = ["/complete", "/no-show"].contains(route) ? 409 : 200
                        let expected: Int =
                            switch permission(caller, owned, access, isCancel: route == "/cancel", isRead: isRead) {
                            case .forbidden: 403
                            case .invisible: 404
                            case .permitted: permitted
                            }
                        XCTAssertEqual(answer.status, expected, "\(access) \(caller) \(owned) \(route): \(answer.text)")
                    }
                }
            }
        }
    }

    func test_each_role_may_create_what_the_contract_permits() async throws {
        let app = try await TestApp.open()
        var hour = 1.0
        for caller in Caller.allCases {
            for owned in Ownership.allCases {
                for named in [nil, owned.subject] {
                    let answer = try await app.send(
                        .post, "/bookings", as: caller.token(app),
                        body: TestApp.body(provider: owned.providerID, customer: named, from: hour, to: hour + 1))
                    hour += 1
                    let forItself = named == nil || owned.customer
                    let may =
                        caller == .admin || caller.isProvider && owned.provider || caller.isCustomer && forItself
                    XCTAssertEqual(answer.status, may ? 201 : 403, "\(caller) \(owned) \(named ?? "-"): \(answer.text)")
                    guard may else { continue }
                    let customer = named ?? (caller.isCustomer ? "ann" : nil)
                    XCTAssertEqual(answer.json["customer_id"], customer.map { .string($0) } ?? .null)
                }
            }
        }
    }

    func test_lists_and_events_contain_exactly_what_the_contract_permits() async throws {
        for access in CustomerAccess.allCases {
            let app = try await TestApp.open { $0.customerAccess = access }
            var all: [(id: String, owned: Ownership)] = []
            for (index, owned) in Ownership.allCases.enumerated() {
                let hour = Double(index + 1)
                let id = try await app.book(
                    provider: owned.providerID, customer: owned.subject, from: hour, to: hour + 1)
                all.append((id, owned))
            }
            for caller in Caller.allCases {
                for path in ["/bookings", "/bookings/upcoming", "/bookings/past", "/events"] {
                    let answer = try await app.send(.get, path, as: caller.token(app))
                    let asCustomer = caller.isCustomer && (access == .own || path == "/events")
                    let isOpen = caller == .admin || caller.isProvider || asCustomer
                    XCTAssertEqual(answer.status, isOpen ? 200 : 403, "\(access) \(caller) \(path)")
                    guard isOpen, path != "/bookings/past" else { continue }
                    let seen = all.filter { $0.owned.provider && caller.isProvider || $0.owned.customer && asCustomer }
                    let shown =
                        path == "/events"
                        ? answer.elements("data").compactMap { $0["data"]?["id"]?.string } : answer.ids
                    XCTAssertEqual(
                        shown, (caller == .admin ? all : seen).map(\.id), "\(access) \(caller) \(path)")
                }
            }
        }
    }
}
