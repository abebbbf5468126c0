import XCTest

@testable import BookingsRedis

final class RedisConnectionStateTests: XCTestCase {
    private var state = RedisConnectionState()

    /// A step of a connection, by the call that it makes.
    private enum Step {
        case start, accepted
        case rejected(String)
        case refused(RedisRefusal)
        case heartbeat
        case ended(wasOpened: Bool)
        case stop
    }

    private func take(_ step: Step) -> RedisConnectionState.Action {
        switch step {
        case .start: return state.start()
        case .accepted: return state.accepted()
        case .rejected(let reason): return state.rejected(reason: reason)
        case .refused(let refusal): return state.refused(refusal)
        case .heartbeat:
            state.heartbeatSucceeded()
            return .none
        case .ended(let wasOpened): return state.ended(wasOpened: wasOpened, jitter: 1)
        case .stop: return state.stop()
        }
    }

    /// Takes the steps from the beginning and compares action and phase after each.
    private func verify(
        _ steps: [(Step, RedisConnectionState.Action, RedisConnectionState.Phase)], line: UInt = #line
    ) {
        state = RedisConnectionState()
        for (index, (step, action, phase)) in steps.enumerated() {
            XCTAssertEqual(take(step), action, "step \(index): \(step)", line: line)
            XCTAssertEqual(state.phase, phase, "step \(index): \(step)", line: line)
        }
    }

    private func backOff(_ milliseconds: Int, logsOutage: Bool) -> RedisConnectionState.Action {
        .backOff(.milliseconds(milliseconds), logsOutage: logsOutage)
    }

    func test_a_connection_that_is_lost_is_opened_again_and_logged_once() {
        verify([
            (.start, .connect, .connecting),
            (.accepted, .serve(logsRecovery: false), .ready),
            (.ended(wasOpened: true), backOff(50, logsOutage: true), .backingOff),
            (.start, .connect, .connecting),
            (.ended(wasOpened: false), backOff(100, logsOutage: false), .backingOff),
            (.start, .connect, .connecting),
            (.accepted, .serve(logsRecovery: true), .ready),
            (.ended(wasOpened: true), backOff(50, logsOutage: true), .backingOff),
        ])
        XCTAssertEqual(state.reason, "cannot be reached")
    }

    func test_a_connection_whose_first_commands_are_refused_is_closed_with_the_reason() {
        verify([
            (.start, .connect, .connecting),
            (.rejected("LOADING"), .close(logsOutage: true), .connecting),
            (.ended(wasOpened: true), backOff(50, logsOutage: false), .backingOff),
        ])
        XCTAssertEqual(state.reason, "LOADING")
        _ = state.start()
        _ = state.ended(wasOpened: false, jitter: 1)
        XCTAssertEqual(state.reason, "cannot be reached")
    }

    func test_a_node_that_is_no_primary_any_more_is_left_until_a_heartbeat_succeeds() {
        verify([
            (.start, .connect, .connecting),
            (.accepted, .serve(logsRecovery: false), .ready),
            (.refused(.readOnly), .close(logsOutage: false), .ready),
            (.ended(wasOpened: true), backOff(50, logsOutage: false), .backingOff),
            (.start, .connect, .connecting),
            (.accepted, .serve(logsRecovery: false), .ready),
            (.refused(.readOnly), .close(logsOutage: false), .ready),
            // The connection alone was no recovery: the delay grows.
            (.ended(wasOpened: true), backOff(100, logsOutage: false), .backingOff),
            (.start, .connect, .connecting),
            (.accepted, .serve(logsRecovery: false), .ready),
            (.heartbeat, .none, .ready),
            (.ended(wasOpened: true), backOff(50, logsOutage: true), .backingOff),
        ])
    }

    func test_the_reason_of_a_refusal_stays_while_the_connection_is_replaced() {
        verify([
            (.start, .connect, .connecting),
            (.accepted, .serve(logsRecovery: false), .ready),
            (.refused(.masterDown), .close(logsOutage: false), .ready),
            (.ended(wasOpened: true), backOff(50, logsOutage: false), .backingOff),
        ])
        XCTAssertEqual(state.reason, "MASTERDOWN")
    }

    func test_a_refusal_that_every_node_would_make_closes_nothing() {
        verify([
            (.start, .connect, .connecting),
            (.accepted, .serve(logsRecovery: false), .ready),
            (.refused(.outOfMemory), .none, .ready),
        ])
    }

    func test_a_stopped_connection_is_not_opened_again() {
        verify([
            (.start, .connect, .connecting),
            (.accepted, .serve(logsRecovery: false), .ready),
            (.stop, .close(logsOutage: false), .stopped),
            (.ended(wasOpened: true), .none, .stopped),
            (.start, .none, .stopped),
        ])
        verify([
            (.start, .connect, .connecting),
            (.stop, .none, .stopped),
            (.accepted, .close(logsOutage: false), .stopped),
        ])
    }
}
