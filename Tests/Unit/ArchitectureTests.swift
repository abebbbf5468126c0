import Foundation
import XCTest

@testable import Bookings

/// What the compiler cannot check of docs/architecture.md: imports of third parties, the order of the folders inside the
/// core, and effects outside of the adapters.
final class ArchitectureTests: XCTestCase {
    /// The folders of `Sources/Bookings`, lowest first: a folder names types of its own and of folders before it.
    private static let folders = [
        "Domain", "Encoding", "Ports", "Concurrency", "Observability", "InProcess", "Events", "UseCases",
    ]

    private struct SourceFile {
        let folder: String
        let name: String
        /// Without comments and without the text of strings.
        let code: String
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func sources(of target: String) throws -> [SourceFile] {
        let directory = Self.root.appendingPathComponent("Sources/\(target)")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: directory.path).filter {
            $0.hasSuffix(".swift")
        }
        XCTAssertFalse(paths.isEmpty, target)
        return try paths.sorted().map { path in
            let text = try String(contentsOf: directory.appendingPathComponent(path), encoding: .utf8)
            let folder = path.split(separator: "/").first.map(String.init) ?? ""
            return SourceFile(folder: folder, name: "\(target)/\(path)", code: Self.code(of: text))
        }
    }

    private static func code(of text: String) -> String {
        text.replacing(/#+"{3}(?s:.*?)"{3}#+/, with: "").replacing(/"{3}(?s:.*?)"{3}/, with: "")
            .replacing(/\/\/.*/, with: "").replacing(/"(?:\\.|[^"\\\n])*"/, with: "\"\"")
    }

    func test_every_folder_of_the_core_is_listed() throws {
        XCTAssertEqual(Set(try sources(of: "Bookings").map(\.folder)), Set(Self.folders))
    }

    func test_a_folder_of_the_core_names_only_types_of_itself_and_of_lower_folders() throws {
        let sources = try sources(of: "Bookings")
        var home: [Substring: String] = [:]
        for file in sources {
            let declared = file.code.matches(
                of: /(?m)^(?:(?:public|final|package|indirect) )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/)
            for match in declared { home[match.output.1] = file.folder }
        }
        XCTAssertEqual(home["BookingStore"], "Ports")
        var upward: [String] = []
        for file in sources {
            let height = try XCTUnwrap(Self.folders.firstIndex(of: file.folder))
            for word in Set(file.code.matches(of: /\b[A-Z]\w+/).map(\.output)).sorted() {
                guard let folder = home[word], let other = Self.folders.firstIndex(of: folder), other > height else {
                    continue
                }
                upward.append("\(file.name) names \(word) of \(folder)")
            }
        }
        XCTAssertEqual(upward, [])
    }

    func test_the_core_imports_neither_a_server_nor_a_driver() throws {
        for file in try sources(of: "Bookings") {
            for match in file.code.matches(of: /(?m)^import (?:NIO\w*|Hummingbird\w*|HTTPTypes|GRDB|C\w+SQL\w*)/) {
                XCTFail("\(file.name) has \(match.output)")
            }
        }
        for file in try sources(of: "Bookings") where file.folder == "Domain" {
            XCTAssertFalse(file.code.contains("import "), file.name)
        }
    }

    /// Time, ids, randomness and tasks are handed in; the composition and the system clock are where they come from.
    func test_effects_occur_in_adapters_and_in_the_composition_only() throws {
        let effects =
            /\b(?:Date\(\)|UUID\(\)|Task\.sleep|Task\.detached|SystemRandomNumberGenerator|\.random\(in: [^,)]*\))/
        for target in ["Bookings", "BookingsAuth", "BookingsHTTP", "BookingsSocketIO", "BookingsWebhooks"] {
            for file in try sources(of: target) {
                for match in file.code.matches(of: effects) { XCTFail("\(file.name) has \(match.output)") }
            }
        }
    }
}
