import XCTest

@testable import BookingsRedis

final class RedisReplyParserTests: XCTestCase {
    private static let table: [(bytes: String, reply: RedisReply)] = [
        ("+OK\r\n", .string(Array("OK".utf8))),
        ("-WRONGPASS no\r\n", .error("WRONGPASS no")),
        (":-12\r\n", .integer(-12)),
        ("$5\r\na\r\nb\0\r\n", .string([97, 13, 10, 98, 0])),
        ("$0\r\n\r\n", .string([])),
        ("$-1\r\n", .null),
        ("*-1\r\n", .null),
        ("*0\r\n", .array([])),
        ("*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n", .array([.string([97]), .array([.integer(1)]), .null])),
    ]

    func test_replies_are_parsed_wherever_the_bytes_are_split() throws {
        var parser = RedisReplyParser()
        var replies: [RedisReply] = []
        for byte in Self.table.map(\.bytes).joined().utf8 {
            try withUnsafeBytes(of: byte) { try parser.feed($0) }
            while let reply = try parser.next() { replies.append(reply) }
        }
        XCTAssertEqual(replies, Self.table.map(\.reply))
    }

    func test_bytes_that_are_not_resp_are_an_error() throws {
        var parser = RedisReplyParser()
        try Array("HTTP/1.1 200 OK\r\n".utf8).withUnsafeBytes { try parser.feed($0) }
        XCTAssertThrowsError(try parser.next())
    }

    /// Returns why a reply is refused; `nil` means that it is not.
    ///
    /// - Parameter continues: whether 576 KiB follow the first bytes.
    private func error(_ firstBytes: String, continues: Bool) -> RedisError? {
        var parser = RedisReplyParser()
        let chunk = [UInt8](repeating: 0x61, count: 64 * 1024)
        do {
            for bytes in [Array(firstBytes.utf8)] + [[UInt8]](repeating: chunk, count: continues ? 9 : 0) {
                try bytes.withUnsafeBytes { try parser.feed($0) }
                while try parser.next() != nil {}
            }
            return nil
        } catch {
            return error as? RedisError
        }
    }

    func test_an_array_that_is_too_long_is_refused_before_memory_is_allocated() {
        for bytes in ["*2147483647\r\n", "*17\r\n", "*2\r\n*100000\r\n", "*9223372036854775807\r\n"] {
            XCTAssertNotNil(error(bytes, continues: false), bytes)
        }
    }

    func test_a_string_that_is_too_long_is_refused_once_the_limit_has_arrived() {
        for bytes in ["$2147483647\r\n", "$600000\r\n", "+", "*16\r\n$2000000\r\n"] {
            XCTAssertNil(error(bytes, continues: false), bytes)
            XCTAssertNotNil(error(bytes, continues: true), bytes)
        }
    }

    func test_the_size_limit_applies_to_each_reply() throws {
        var parser = RedisReplyParser()
        let reply = Array("$3\r\nabc\r\n".utf8)
        let bytes = Array([[UInt8]](repeating: reply, count: 100_000).joined()) + Array("$3\r\nab".utf8)
        try bytes.withUnsafeBytes { try parser.feed($0) }
        var count = 0
        while try parser.next() != nil { count += 1 }
        XCTAssertEqual(count, 100_000)
    }

    func test_the_code_of_an_error_repeats_nothing_that_was_sent() {
        for (message, code) in [
            ("WRONGPASS invalid", "WRONGPASS"), ("ERR unknown command 'AUTH', with args: 'hush'", "ERR"),
            ("", "an error"), ("hush", "an error"),
        ] {
            XCTAssertEqual(RedisReply.code(of: message), code)
        }
    }
}
