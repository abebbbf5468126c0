import TestSupport
import XCTest

@testable import Bookings
@testable import BookingsSocketIO

final class StateRecoveryTests: XCTestCase {
    private let cursorCipher = CursorCipher(key: [UInt8](repeating: 5, count: 32))

    func test_a_pid_opens_on_every_replica_for_its_own_subject_alone() {
        let (one, other) = (StateRecovery(cursorCipher: cursorCipher), StateRecovery(cursorCipher: cursorCipher))
        let pid = one.pid(of: "S1", for: subject("ann"))
        XCTAssertEqual(other.socket(named: pid, for: subject("ann")), "S1")
        XCTAssertEqual(other.pid(of: "S1", for: subject("ann")), pid)
        XCTAssertNil(other.socket(named: pid, for: subject("bob")))
        XCTAssertNil(other.socket(named: pid, for: nil))
        XCTAssertNil(other.socket(named: String(pid.dropLast()), for: subject("ann")))
        XCTAssertFalse(pid.contains("S1"))
        let anonymous = one.pid(of: "S2", for: nil)
        XCTAssertEqual(other.socket(named: anonymous, for: nil), "S2")
        XCTAssertNil(other.socket(named: anonymous, for: subject("ann")))
    }

    func test_a_foreign_key_and_a_cursor_are_no_pids() {
        let recovery = StateRecovery(cursorCipher: cursorCipher)
        let foreign = StateRecovery(cursorCipher: CursorCipher(key: [UInt8](repeating: 6, count: 32)))
        XCTAssertNil(recovery.socket(named: foreign.pid(of: "S1", for: subject("ann")), for: subject("ann")))
        XCTAssertNil(recovery.socket(named: cursorCipher.cursor(at: LogPosition(1)), for: subject("ann")))
        XCTAssertNil(cursorCipher.position(of: recovery.pid(of: "12345678", for: nil)))
    }

    func test_who_said_goodbye_does_not_come_back() {
        let recovery = StateRecovery(cursorCipher: cursorCipher)
        let pid = recovery.pid(of: "S1", for: subject("ann"))
        recovery.left("S1")
        for number in 0..<15_000 { recovery.left("other \(number)") }
        XCTAssertNil(recovery.socket(named: pid, for: subject("ann")))
    }
}
