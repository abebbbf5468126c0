import Foundation
import XCTest

/// The arrows between the rooms of `Sources/Bookings`, and the effects that come in by the front door alone.
final class ArchitectureTests: XCTestCase {
    /// From the ground up: a room names types of its own and of rooms below it.
    private static let rooms = [
        "Domain", "Ports", "Wire", "Observability", "InMemory", "UseCases", "Configuration", "Auth", "Reminders",
        "HTTP", "Server", "Realtime", "Application",
    ]

    private struct SourceFile {
        let room: String
        let name: String
        /// Without comments and without the text of strings.
        let code: String
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func sources() throws -> [SourceFile] {
        let folder = Self.root.appendingPathComponent("Sources/Bookings")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        return try paths.sorted().map { path in
            let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
            let room = path.split(separator: "/").first.map(String.init) ?? ""
            return SourceFile(room: room, name: path, code: Self.code(of: text))
        }
    }

    private static func code(of text: String) -> String {
        text.replacing(/#+"{3}(?s:.*?)"{3}#+/, with: "").replacing(/"{3}(?s:.*?)"{3}/, with: "")
            .replacing(/\/\/.*/, with: "").replacing(/"(?:\\.|[^"\\\n])*"/, with: "\"\"")
    }

    func testEveryRoomIsInThePicture() throws {
        XCTAssertEqual(Set(try sources().map(\.room)), Set(Self.rooms))
    }

    func testARoomNamesOnlyTypesOfItselfAndOfRoomsBelowIt() throws {
        let sources = try sources()
        var home: [Substring: String] = [:]
        for file in sources {
            let declared = file.code.matches(
                of: /(?m)^(?:(?:public|final|package|indirect) )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/)
            for match in declared { home[match.output.1] = file.room }
        }
        XCTAssertEqual(home["BookingStore"], "Ports")
        var upward: [String] = []
        for file in sources {
            let height = try XCTUnwrap(Self.rooms.firstIndex(of: file.room))
            for word in Set(file.code.matches(of: /\b[A-Z]\w+/).map(\.output)).sorted() {
                guard let room = home[word], let other = Self.rooms.firstIndex(of: room), other > height else {
                    continue
                }
                upward.append("\(file.name) names \(word) of \(room)")
            }
        }
        XCTAssertEqual(upward, [])
    }

    func testTimeIdsRandomnessAndTasksComeInByTheFrontDoor() throws {
        let effects =
            /\b(?:Date\(\)|UUID\(\)|Task\.sleep|Task\.detached|SystemRandomNumberGenerator|\.random\(in: [^,)]*\))/
        for file in try sources() {
            for match in file.code.matches(of: effects) { XCTFail("\(file.name) says \(match.output)") }
        }
    }

    func testTheDomainNeedsTheStandardLibraryAlone() throws {
        for file in try sources() where file.room == "Domain" {
            XCTAssertFalse(file.code.contains("import "), file.name)
        }
    }
}
