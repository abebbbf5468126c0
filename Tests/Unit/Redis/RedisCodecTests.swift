import NIOCore
import XCTest

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

    func testRepliesAreReadWhereverTheBytesAreCut() throws {
        let reader = RedisReader()
        var replies: [RedisReply] = []
        for byte in Self.wire.map(\.bytes).joined().utf8 {
            try withUnsafeBytes(of: byte) { try reader.feed($0) }
            while let reply = try reader.next() { replies.append(reply) }
        }
        XCTAssertEqual(replies, Self.wire.map(\.reply))
    }

    func testWhatIsNoRESPIsAFault() throws {
        let reader = RedisReader()
        try Array("HTTP/1.1 200 OK\r\n".utf8).withUnsafeBytes { try reader.feed($0) }
        XCTAssertThrowsError(try reader.next())
    }

    func testACommandIsWrittenWithAnyBytes() {
        var command = RedisCommand("SET", "k")
        command.append([0, 13, 10])
        command.append([UInt8]())
        var buffer = ByteBuffer()
        command.write(to: &buffer)
        let expected = "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\0\r\n\r\n$0\r\n\r\n"
        XCTAssertEqual(Array(buffer.readableBytesView), Array(expected.utf8))
    }

    func testTargets() throws {
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

    func testAMalformedTargetIsNamedWithoutItsSecret() {
        for url in [
            "http://host", "redis://", "redis://:s3cret@", "redis://host:0", "redis://host:70000",
            "redis://host:s3cret",
            "redis://host/s3cret", "redis://:%zzs3cret@host", "redis://host?user=s3cret",
        ] {
            XCTAssertThrowsError(try RedisTarget(url: url), url) { XCTAssertFalse("\($0)".contains("s3cret"), "\($0)") }
        }
    }
}
