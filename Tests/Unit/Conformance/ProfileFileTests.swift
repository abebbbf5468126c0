import Bookings
import Foundation
import XCTest

@testable import Conformance
@testable import SimulationKit
@testable import Simulator

final class ProfileFileTests: XCTestCase {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func profile(_ text: String) throws -> Profile {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("profile-\(UUID().uuidString).yaml")
        try text.write(to: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: path) }
        return try ProfileFileReader.read(path.path)
    }

    func test_the_example_of_the_guide_is_a_profile() throws {
        let guide = try String(contentsOf: Self.root.appendingPathComponent("docs/conform.md"), encoding: .utf8)
        let example = try XCTUnwrap(guide.firstMatch(of: /```yaml\n(?<text>(?s:.*?))```/)?.output.text)
        let profile = try profile(String(example))
        XCTAssertEqual(profile.path(.booking, id: "7"), "/api/appointments/7")
        XCTAssertEqual(profile.path(.past), "/bookings/past")
        XCTAssertEqual(profile.status(.conflict), 400)
        XCTAssertEqual(profile.claimed, [.seed, .stores])
        XCTAssertEqual(profile.lead, .seconds(600))
    }

    func test_what_is_wrong_in_a_profile_is_named() {
        for (text, reason) in [
            ("name: a\nclaimed: [everything]", "claimed: everything"),
            ("name: a\npaths: {nowhere: /}", "paths: nowhere"),
            ("name: a\ntransport: pigeon", "transport: pigeon"), ("name: a\nlead: soon", "lead"),
            ("name: a\ncolour: red", "colour is not a member"), ("paths: {}", "name"), ("name: [", "not valid YAML"),
            ("name: a\nstatuses: {conflict: often}", "statuses"),
        ] {
            XCTAssertThrowsError(try profile(text), text) { error in
                XCTAssertTrue("\(error)".contains(reason), "\(error)")
            }
        }
    }

    func test_the_schema_names_every_member_of_a_profile() throws {
        let file = Self.root.appendingPathComponent("fixtures/profile.schema.json")
        let schema = try JSONValue.parse(Array(Data(contentsOf: file)))
        func members(_ name: String) -> Set<String> {
            guard case .object(let members)? = schema["properties"]?[name]?["properties"] else { return [] }
            return Set(members.map(\.name))
        }
        XCTAssertEqual(members("paths"), Set(Profile.Path.allCases.map(\.rawValue)))
        XCTAssertEqual(members("fields"), Set(Profile.Field.allCases.map(\.rawValue)))
        XCTAssertEqual(members("statuses"), Set(Profile.Status.allCases.map(\.rawValue)))
        XCTAssertEqual(members("claims"), Set(Profile.Claim.allCases.map(\.rawValue)))
        XCTAssertEqual(members("roles"), Set(Profile.Role.allCases.map(\.rawValue)))
        XCTAssertEqual(members("events"), Set(Profile.Event.allCases.map(\.rawValue)))
        XCTAssertEqual(members("lists"), Set(Profile.List.allCases.map(\.rawValue)))
    }

    func test_every_promise_has_a_name_of_its_own() {
        XCTAssertEqual(Set(Promise.all.map(\.id)).count, Promise.all.count)
        XCTAssertEqual(Set(Promise.all.map(\.level)), Set(PromiseLevel.allCases))
    }
}
