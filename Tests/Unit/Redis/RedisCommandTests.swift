import NIOCore
import XCTest

@testable import BookingsRedis

final class RedisCommandTests: XCTestCase {
    func test_arguments_may_have_any_bytes() {
        var command = RedisCommand("SET", "k")
        command.append([0, 13, 10])
        command.append([UInt8]())
        var buffer = ByteBuffer()
        command.write(to: &buffer)
        let expected = "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\0\r\n\r\n$0\r\n\r\n"
        XCTAssertEqual(Array(buffer.readableBytesView), Array(expected.utf8))
    }
}
