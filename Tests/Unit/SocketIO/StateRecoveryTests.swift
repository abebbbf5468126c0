import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class StateRecoveryTests: XCTestCase {
    private let cursorCipher = CursorCipher(key: [UInt8](repeating: 5, count: 32))

    func test_a_pid_is_valid_on_every_replica_and_only_for_its_subject() {
        let (first, second) = (StateRecovery(cursorCipher: cursorCipher), StateRecovery(cursorCipher: cursorCipher))
        let pid = first.pid(of: "S1", for: subject("ann"))
        XCTAssertEqual(second.socket(ofPID: pid, for: subject("ann")), "S1")
        XCTAssertEqual(second.pid(of: "S1", for: subject("ann")), pid)
        XCTAssertNil(second.socket(ofPID: pid, for: subject("bob")))
        XCTAssertNil(second.socket(ofPID: pid, for: nil))
        XCTAssertNil(second.socket(ofPID: String(pid.dropLast()), for: subject("ann")))
        XCTAssertFalse(pid.contains("S1"))
        let anonymous = first.pid(of: "S2", for: nil)
        XCTAssertEqual(second.socket(ofPID: anonymous, for: nil), "S2")
        XCTAssertNil(second.socket(ofPID: anonymous, for: subject("ann")))
    }

    func test_a_pid_of_another_key_and_a_cursor_are_not_valid() {
        let recovery = StateRecovery(cursorCipher: cursorCipher)
        let foreign = StateRecovery(cursorCipher: CursorCipher(key: [UInt8](repeating: 6, count: 32)))
        XCTAssertNil(recovery.socket(ofPID: foreign.pid(of: "S1", for: subject("ann")), for: subject("ann")))
        XCTAssertNil(recovery.socket(ofPID: cursorCipher.cursor(at: LogPosition(1)), for: subject("ann")))
        XCTAssertNil(cursorCipher.position(of: recovery.pid(of: "12345678", for: nil)))
    }

    func test_a_socket_whose_client_disconnected_is_not_recovered() {
        let recovery = StateRecovery(cursorCipher: cursorCipher)
        let pid = recovery.pid(of: "S1", for: subject("ann"))
        recovery.clientDisconnected("S1")
        for number in 0..<15_000 { recovery.clientDisconnected("other \(number)") }
        XCTAssertNil(recovery.socket(ofPID: pid, for: subject("ann")))
    }
}
