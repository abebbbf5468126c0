import XCTest

@testable import Bookings

final class JSONTests: XCTestCase {
    private func parsed(_ text: String) -> JSONValue? {
        try? JSONValue.parse(Array(text.utf8))
    }

    func test_parsing_keeps_duplicate_members_and_the_digits_of_numbers() {
        XCTAssertEqual(
            parsed(#" {"a":[1.50e1,null,true,false],"a":"\u00e9\ud83d\ude00\n"} "#),
            .object([
                JSONMember(name: "a", value: .array([.number("1.50e1"), .null, .bool(true), .bool(false)])),
                JSONMember(name: "a", value: .string("é😀\n")),
            ]))
    }

    func test_input_that_rfc_8259_does_not_allow_is_refused() {
        let texts = [
            "", " ", "nul", "truth", "01", "-", "1.", ".5", "1e", "+1", "NaN", "'a'", "\"a", "\"\u{01}\"", #""\x""#,
            #""\u12g4""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}", "{} {}", "[", "{\"a\":1", "\u{feff}{}", "// x\n1",
        ]
        for text in texts { XCTAssertNil(parsed(text), text) }
    }

    func test_input_that_is_not_utf_8_is_refused() {
        for bytes: [UInt8] in [[0x22, 0xff, 0x22], [0x22, 0xc0, 0xaf, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22]] {
            XCTAssertThrowsError(try JSONValue.parse(bytes))
        }
    }

    func test_values_may_be_nested_64_deep_and_no_deeper() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        XCTAssertNotNil(parsed(nested(64)))
        XCTAssertNil(parsed(nested(65)))
        XCTAssertNil(parsed(nested(100_000)))
    }

    func test_a_written_value_is_parsed_to_itself() throws {
        let value = JSONValue.object([
            JSONMember(
                name: "\"\\\n\u{01}é", value: .array([.string("\t\u{1f}"), .number("-0.5"), .object([]), .array([])])),
            JSONMember(name: "b", value: .null),
        ])
        var writer = JSONWriter()
        writer.value(value)
        XCTAssertEqual(try JSONValue.parse(writer.bytes), value)
    }

    func test_whole_numbers_are_written_without_a_fraction() {
        var writer = JSONWriter()
        writer.beginArray()
        for number in [10, 0.5, -3, 1e-3] { writer.number(number) }
        writer.endArray()
        XCTAssertEqual(String(decoding: writer.bytes, as: UTF8.self), "[10,0.5,-3,0.001]")
    }
}
