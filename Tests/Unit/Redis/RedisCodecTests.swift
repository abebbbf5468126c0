import NIOCore
import XCTest

@testable import Bookings
@testable import BookingsRedis

final class RedisCodecTests: XCTestCase {
    private static let wire: [(bytes: String, reply: RedisReply)] = [
        ("+OK\r\n", .text(Array("OK".utf8))),
        ("-WRONGPASS no\r\n", .failure("WRONGPASS no")),
        (":-12\r\n", .integer(-12)),
        ("$5\r\na\r\nb\0\r\n", .text([97, 13, 10, 98, 0])),
        ("$0\r\n\r\n", .text([])),
        ("$-1\r\n", .none),
        ("*-1\r\n", .none),
        ("*0\r\n", .array([])),
        ("*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n", .array([.text([97]), .array([.integer(1)]), .none])),
    ]

    func test_replies_are_read_wherever_the_bytes_are_cut() throws {
        var reader = RedisReader()
        var replies: [RedisReply] = []
        for byte in Self.wire.map(\.bytes).joined().utf8 {
            try withUnsafeBytes(of: byte) { try reader.feed($0) }
            while let reply = try reader.next() { replies.append(reply) }
        }
        XCTAssertEqual(replies, Self.wire.map(\.reply))
    }

    func test_what_is_no_resp_is_a_fault() throws {
        var reader = RedisReader()
        try Array("HTTP/1.1 200 OK\r\n".utf8).withUnsafeBytes { try reader.feed($0) }
        XCTAssertThrowsError(try reader.next())
    }

    /// Why a reader refuses what begins so and goes on for 576 KiB; nil: it does not.
    private func fault(_ head: String, goesOn: Bool) -> RedisError? {
        var reader = RedisReader()
        let part = [UInt8](repeating: 0x61, count: 64 * 1024)
        do {
            for bytes in [Array(head.utf8)] + [[UInt8]](repeating: part, count: goesOn ? 9 : 0) {
                try bytes.withUnsafeBytes { try reader.feed($0) }
                while try reader.next() != nil {}
            }
            return nil
        } catch {
            return error as? RedisError
        }
    }

    func test_a_reply_of_absurd_size_is_refused_before_its_memory_is_asked_for() {
        for head in ["*2147483647\r\n", "*17\r\n", "*2\r\n*100000\r\n", "*9223372036854775807\r\n"] {
            XCTAssertNotNil(fault(head, goesOn: false), head)
        }
        for head in ["$2147483647\r\n", "$600000\r\n", "+", "*16\r\n$2000000\r\n"] {
            XCTAssertNil(fault(head, goesOn: false), head)
            XCTAssertNotNil(fault(head, goesOn: true), head)
        }
    }

    func test_many_replies_at_once_are_not_one_that_is_too_large() throws {
        var reader = RedisReader()
        let reply = Array("$3\r\nabc\r\n".utf8)
        let bytes = Array([[UInt8]](repeating: reply, count: 100_000).joined()) + Array("$3\r\nab".utf8)
        try bytes.withUnsafeBytes { try reader.feed($0) }
        var count = 0
        while try reader.next() != nil { count += 1 }
        XCTAssertEqual(count, 100_000)
    }

    func test_an_error_is_logged_by_its_code_alone() {
        for (text, code) in [
            ("WRONGPASS invalid", "WRONGPASS"), ("ERR unknown command 'AUTH', with args: 'hush'", "ERR"),
            ("", "an error"),
            ("hush", "an error"),
        ] {
            XCTAssertEqual(RedisReply.code(of: text), code)
        }
    }

    func test_an_entry_counts_under_its_own_key_of_its_own_deployment_alone() {
        let (mine, other) = (RedisKeyspace(), RedisKeyspace())
        mine.open(identity: [1])
        other.open(identity: [2])
        let sealed = mine.seal([7, 8], as: "a")
        XCTAssertEqual(mine.open(sealed, as: "a"), [7, 8])
        XCTAssertNil(mine.open(sealed, as: "b"))
        XCTAssertNil(other.open(sealed, as: "a"))
        for place in sealed.indices {
            var garbled = sealed
            garbled[place] ^= 1
            XCTAssertNil(mine.open(garbled, as: "a"))
        }
        for length in 0..<sealed.count { XCTAssertNil(mine.open(Array(sealed.prefix(length)), as: "a")) }
    }

    func test_only_an_announcement_of_this_deployment_names_a_place() {
        let keyspace = RedisKeyspace()
        keyspace.open(identity: [1])
        let announcements = Announcements(keyspace: keyspace, database: 0)
        XCTAssertEqual(announcements.head(in: announcements.message(of: LogPosition(7))), LogPosition(7))
        XCTAssertNil(Announcements(keyspace: keyspace, database: 1).head(in: announcements.message(of: LogPosition(7))))
        for text in ["7", "9223372036854775806", "", String(repeating: "x", count: 24)] {
            XCTAssertNil(announcements.head(in: Array(text.utf8)))
        }
    }

    func test_a_command_is_written_with_any_bytes() {
        var command = RedisCommand("SET", "k")
        command.append([0, 13, 10])
        command.append([UInt8]())
        var buffer = ByteBuffer()
        command.write(to: &buffer)
        let expected = "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\0\r\n\r\n$0\r\n\r\n"
        XCTAssertEqual(Array(buffer.readableBytesView), Array(expected.utf8))
    }

    func test_targets() throws {
        let plain = try RedisTarget(url: "redis://cache.example")
        XCTAssertEqual([plain.host, "\(plain.port)", "\(plain.usesTLS)"], ["cache.example", "6379", "false"])
        XCTAssertTrue(plain.greeting.isEmpty)
        let full = try RedisTarget(url: "rediss://us%40er:p%2Fa%3A+@[::1]:6380/3?cacert=/etc/ca.pem")
        XCTAssertEqual([full.host, "\(full.port)", "\(full.usesTLS)"], ["::1", "6380", "true"])
        XCTAssertEqual(full.user, "us@er")
        XCTAssertEqual(full.password, "p/a:+")
        XCTAssertEqual(full.database, 3)
        XCTAssertEqual(full.authorities, "/etc/ca.pem")
        XCTAssertEqual(full.greeting.count, 2)
        let password = try RedisTarget(url: "redis://:secret@host:1")
        XCTAssertEqual([password.user, password.password], [nil, "secret"])
    }

    func test_a_malformed_target_is_named_without_its_secret() {
        for url in [
            "http://host", "redis://", "redis://:s3cret@", "redis://host:0", "redis://host:70000",
            "redis://host:s3cret",
            "redis://host/s3cret", "redis://:%zzs3cret@host", "redis://host?user=s3cret",
        ] {
            XCTAssertThrowsError(try RedisTarget(url: url), url) { XCTAssertFalse("\($0)".contains("s3cret"), "\($0)") }
        }
    }
}
