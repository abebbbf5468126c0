import XCTest

@testable import Bookings
@testable import BookingsRuntime

final class DotEnvTests: XCTestCase {
    func test_files_are_parsed_as_dotenv_libraries_do() throws {
        let table: [(text: String, values: [String: String])] = [
            ("", [:]), ("\n\n  \t\n# comment\n  # another", [:]),
            ("A=1", ["A": "1"]), ("A=1\nB=2\n", ["A": "1", "B": "2"]), ("A=1\nA=2", ["A": "2"]),
            ("A=1\r\nB=2\r\n", ["A": "1", "B": "2"]), ("A=1\rB=2", ["A": "1", "B": "2"]),
            ("\u{feff}A=1", ["A": "1"]),
            ("  A \t=\t 1 \t", ["A": "1"]), ("export A=1\nexport\tB=2", ["A": "1", "B": "2"]),
            ("export=1", ["export": "1"]),
            ("A: 1\nB:\t2\nC:", ["A": "1", "B": "2", "C": ""]),
            ("A=", ["A": ""]), ("A=  # a comment", ["A": ""]), ("A=# a comment", ["A": ""]),
            ("A=\t#c\nB=1", ["A": "", "B": "1"]),
            ("A=1 # c", ["A": "1"]), ("A=1\t# c", ["A": "1"]), ("A=a#b", ["A": "a#b"]), ("A=a #b c", ["A": "a"]),
            ("A=a b  c ", ["A": "a b  c"]), ("A=a=b", ["A": "a=b"]), ("A=it's", ["A": "it's"]),
            ("A=a\"b\"", ["A": "a\"b\""]), ("A=a\\nb", ["A": "a\\nb"]), ("A=$B ${C}", ["A": "$B ${C}"]),
            ("A='a # b' # c", ["A": "a # b"]), ("A='a\\nb'", ["A": "a\\nb"]), ("A=''", ["A": ""]),
            ("A=\"\"#c", ["A": ""]), ("A=\"  x \"", ["A": "  x "]), ("A=\"a # b\"", ["A": "a # b"]),
            ("A=\"a\\nb\\rc\\td\\\\e\\\"f\\$g\\qh\"", ["A": "a\nb\rc\td\\e\"f$g\\qh"]),
            ("A=\"a\nb\"\nB=1", ["A": "a\nb", "B": "1"]), ("A=\"a\r\nb\"\r\nB=1", ["A": "a\nb", "B": "1"]),
            ("A='a\nb'", ["A": "a\nb"]), ("A=`a'b\"c`", ["A": "a'b\"c"]), ("A=\"it's\"", ["A": "it's"]),
            ("A.b-C_1=x", ["A.b-C_1": "x"]), ("A=\u{e9}", ["A": "\u{e9}"]),
            ("JWT_SECRET=  # a comment", ["JWT_SECRET": ""]),
        ]
        for (text, values) in table { XCTAssertEqual(try DotEnv.parse(Array(text.utf8)), values, text) }
    }

    func test_an_invalid_line_is_refused_with_its_number() {
        let table: [(text: String, line: Int)] = [
            ("hush", 1), ("A=1\nhush", 2), ("=hush", 1), ("1A=hush", 1), ("A B=hush", 1), ("A:hush", 1),
            ("export A", 1), ("A=\"hush", 1), ("A=1\nB='hush\nC=2\n", 2), ("A=\"hush\" hush", 1), ("A='it's hush'", 1),
            ("A=\"x\ny\"\nhush", 3), ("\r\n\r\nhush", 3), ("-hush\n", 1), ("A=`hush", 1), ("\u{e9}=hush", 1),
        ]
        for (text, line) in table {
            XCTAssertThrowsError(try DotEnv.parse(Array(text.utf8)), text) {
                XCTAssertEqual(($0 as? DotEnv.ParseError)?.line, line, text)
                XCTAssertTrue("\($0)".hasPrefix(".env, line \(line): "), "\($0)")
                XCTAssertFalse("\($0)".contains("hush"), "\($0)")
            }
        }
        for bytes in [Array("A=1\nB=".utf8) + [0xff], Array("A=1\nB=".utf8) + [0, 0x41], Array("A=1\n".utf8) + [0xc3]] {
            XCTAssertThrowsError(try DotEnv.parse(bytes)) { XCTAssertEqual(($0 as? DotEnv.ParseError)?.line, 2) }
        }
        XCTAssertThrowsError(try DotEnv.parse([0xff, 0xfe, 0x41, 0])) {
            XCTAssertEqual(($0 as? DotEnv.ParseError)?.line, 1)
        }
    }
}
