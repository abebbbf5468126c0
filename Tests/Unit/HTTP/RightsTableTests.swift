import XCTest

@testable import Bookings

/// The table role × route × ownership of the contract, written out a second time and asked cell by cell.
final class RightsTableTests: XCTestCase {
    private enum Caller: CaseIterable {
        case noRoleThatCounts, customer, provider, providerWithoutID, admin, customerAndProvider

        func token(_ app: TestApp) -> String {
            switch self {
            case .noRoleThatCounts: app.token("ann", "cook")
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

    /// Whose the booking is.
    private struct Ownership: CaseIterable {
        let provider: Bool
        let customer: Bool

        static var allCases: [Ownership] {
            [false, true].flatMap { provider in [false, true].map { Ownership(provider: provider, customer: $0) } }
        }

        var providerID: String { provider ? TestApp.provider : TestApp.otherProvider }
        var subject: String { customer ? "ann" : "bob" }
    }

    private enum Reach { case closed, hidden, open }

    /// Reads and actions, out of the words of the contract.
    private func reach(_ caller: Caller, _ owned: Ownership, _ access: CustomerAccess, isCancel: Bool, isRead: Bool)
        -> Reach
    {
        if caller == .admin { return .open }
        let reads = caller.isCustomer && access == .own
        let acts = reads && (isRead || isCancel)
        if !caller.isProvider && !acts { return .closed }
        if caller.isProvider && owned.provider || acts && owned.customer { return .open }
        return reads && owned.customer ? .closed : .hidden
    }

    private static let actions = ["confirm", "decline", "cancel", "reschedule", "complete", "no-show"]

    func test_each_role_reaches_what_the_table_opens_to_it() async throws {
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
                        let opened = ["/complete", "/no-show"].contains(route) ? 409 : 200
                        let expected: Int =
                            switch reach(caller, owned, access, isCancel: route == "/cancel", isRead: isRead) {
                            case .closed: 403
                            case .hidden: 404
                            case .open: opened
                            }
                        XCTAssertEqual(answer.status, expected, "\(access) \(caller) \(owned) \(route): \(answer.text)")
                    }
                }
            }
        }
    }

    func test_each_role_creates_what_the_table_opens_to_it() async throws {
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

    func test_lists_and_events_hold_what_the_table_opens_and_nothing_else() async throws {
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
