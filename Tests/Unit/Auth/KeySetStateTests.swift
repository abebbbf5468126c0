import Crypto
import Logging
import XCTest

@testable import Bookings
@testable import BookingsAuth

final class KeySetStateTests: XCTestCase {
    private var state = KeySetState()

    /// A key set with a key of P-256 for each id.
    private func set(_ ids: String...) async throws -> KeySetState.Outcome {
        let point = P256.Signing.PrivateKey().publicKey.rawRepresentation
        let (x, y) = (Base64URL.encode(point.prefix(32)), Base64URL.encode(point.suffix(32)))
        let keys = ids.map { #"{"kty":"EC","crv":"P-256","kid":"\#($0)","x":"\#(x)","y":"\#(y)"}"# }
        let document = Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8)
        let set = await PublishedKeySet(document)
        return .changed(try XCTUnwrap(set), document: document)
    }

    /// Performs a whole reading, and returns what is logged.
    private func read(_ outcome: KeySetState.Outcome, at seconds: Int) -> [String] {
        XCTAssertEqual(state.request(.freshSet, at: .seconds(seconds)), .start)
        defer { state.endReading() }
        return state.apply(outcome).map(\.message)
    }

    func test_callers_join_the_reading_in_progress() {
        XCTAssertEqual(state.request(.freshSet, at: .zero), .start)
        XCTAssertEqual(state.request(.freshSet, at: .zero), .join)
        XCTAssertEqual(state.request(.key(algorithm: "ES256", id: "a"), at: .seconds(60)), .join)
    }

    func test_readings_are_at_least_ten_seconds_apart() {
        _ = read(.failed(reason: "closed"), at: 0)
        XCTAssertEqual(state.request(.freshSet, at: .milliseconds(9999)), .nothing)
        XCTAssertEqual(state.request(.freshSet, at: .seconds(10)), .start)
    }

    func test_a_set_is_fresh_for_ten_minutes() async throws {
        _ = read(try await set("a"), at: 5)
        XCTAssertEqual(state.request(.freshSet, at: .milliseconds(604_999)), .nothing)
        XCTAssertEqual(state.request(.freshSet, at: .seconds(605)), .start)
    }

    func test_a_failed_reading_for_an_unknown_key_does_not_delay_the_reading_that_the_set_needs() async throws {
        _ = read(try await set("a"), at: 0)
        XCTAssertEqual(state.request(.key(algorithm: "ES256", id: "b"), at: .seconds(200)), .start)
        _ = state.apply(.failed(reason: "closed"))
        state.endReading()
        XCTAssertEqual(state.pauseBeforeRefresh(at: .seconds(203)), .seconds(397))
        _ = read(.failed(reason: "closed"), at: 600)
        XCTAssertEqual(state.pauseBeforeRefresh(at: .seconds(601)), .seconds(10))
    }

    func test_a_set_is_as_old_as_the_beginning_of_its_reading() async throws {
        let changed = try await set("a")
        XCTAssertEqual(state.request(.freshSet, at: .zero), .start)
        _ = state.apply(changed)
        state.endReading()
        XCTAssertEqual(state.pauseBeforeRefresh(at: .seconds(4)), .seconds(596))
        XCTAssertEqual(state.request(.freshSet, at: .seconds(600)), .start)
    }

    func test_only_an_unknown_key_id_needs_a_reading() async throws {
        _ = read(try await set("a"), at: 0)
        for (algorithm, id, action) in [
            ("ES256", "a", KeySetState.Action.nothing), ("ES256", nil, .nothing), ("RS256", nil, .nothing),
            ("ES256", "b", .start),
        ] as [(String, ByteString?, KeySetState.Action)] {
            XCTAssertEqual(
                state.request(.key(algorithm: algorithm, id: id), at: .seconds(60)), action, "\(algorithm) \(id ?? "")")
        }
        state.endReading()
        XCTAssertEqual(state.request(.key(algorithm: "RS256", id: "a"), at: .seconds(120)), .start)
    }

    func test_keys_match_by_algorithm_and_id() async throws {
        XCTAssertNil(state.keys(algorithm: "ES256", id: nil))
        _ = read(try await set("a", "b"), at: 0)
        XCTAssertEqual(state.keys(algorithm: "ES256", id: "a")?.count, 1)
        XCTAssertEqual(state.keys(algorithm: "ES256", id: nil)?.count, 2)
        XCTAssertEqual(state.keys(algorithm: "ES256", id: "c")?.count, 0)
        XCTAssertEqual(state.keys(algorithm: "RS256", id: "a")?.count, 0)
    }

    func test_only_a_changed_document_is_a_new_generation() async throws {
        let first = try await set("a")
        _ = read(first, at: 0)
        XCTAssertEqual(state.generation, 1)
        guard case .changed(_, let document) = first else { return XCTFail("The set must be changed.") }
        XCTAssertTrue(state.isInUse(document))
        _ = read(.unchanged, at: 600)
        _ = read(.failed(reason: "closed"), at: 1200)
        XCTAssertEqual(state.generation, 1)
        XCTAssertEqual(state.keys(algorithm: "ES256", id: "a")?.count, 1)
        _ = read(try await set("a"), at: 1210)
        XCTAssertEqual(state.generation, 2)
    }

    func test_a_series_of_failures_is_logged_at_its_beginning_and_at_its_end() async throws {
        let failure = "The key set cannot be read; the known keys stay in use."
        XCTAssertEqual(read(.failed(reason: "closed"), at: 0), [failure])
        XCTAssertEqual(state.pauseBeforeRefresh(at: .seconds(0)), .seconds(10))
        XCTAssertEqual(read(.failed(reason: "closed"), at: 10), [])
        let changed = try await set("a")
        XCTAssertEqual(
            read(changed, at: 20), ["The key set can be read again.", "The key set was read."])
        XCTAssertEqual(state.pauseBeforeRefresh(at: .seconds(20)), .seconds(600))
        XCTAssertEqual(read(.unchanged, at: 620), [])
        XCTAssertEqual(read(.failed(reason: "closed"), at: 1220), [failure])
    }
}
