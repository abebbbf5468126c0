import Bookings
import XCTest

/// What every store must do, whatever it is made of: one suite of sentences for all of them.
package struct StoreContract: Sendable {
    package typealias Store = BookingStore & EventLog & ReminderQueue & ReminderLedger & AuditSource & ExportSource
        & WebhookStore

    /// Makes an empty store with its schema applied.
    let makeStore: @Sendable () async throws -> any Store

    package init(_ makeStore: @escaping @Sendable () async throws -> any Store) {
        self.makeStore = makeStore
    }

    /// Checks each sentence on a store of its own. A failure names the sentence.
    ///
    /// - Parameter part: Only the sentences that contain this part are checked.
    package func verify(only part: String? = nil) async throws {
        for (sentence, check) in sentences where part.map({ sentence.contains($0) }) ?? true {
            do { try await check() } catch { XCTFail("\(sentence): \(error)") }
        }
    }

    private var sentences: [(String, @Sendable () async throws -> Void)] {
        [
            ("a history is read in parts", test_a_history_is_read_in_parts),
            (
                "the oldest readable event is found wherever the retention ends",
                test_the_oldest_readable_event_is_found_wherever_the_retention_ends
            ),
            ("the log is trimmed in parts", test_the_log_is_trimmed_in_parts),
            ("expired records are deleted in parts", test_expired_records_are_deleted_in_parts),
            (
                "the next free slot of a full calendar is the earliest gap of its length",
                test_the_next_free_slot_of_a_full_calendar_is_the_earliest_gap_of_its_length
            ),
            (
                "reminders of one instant fire in parts in the order of their bookings",
                test_reminders_of_one_instant_fire_in_parts_in_the_order_of_their_bookings
            ),
            (
                "rearming gives bookings the current leads and fires no reminder twice",
                test_rearming_gives_bookings_the_current_leads_and_fires_no_reminder_twice
            ),
            (
                "a booking is read as it was written with its event history and reminder",
                test_a_booking_is_read_as_it_was_written_with_its_event_history_and_reminder
            ),
            ("an event keeps the trace of its request", test_an_event_keeps_the_trace_of_its_request),
            (
                "adjacent slots can be booked and an overlap is refused with the next free slot",
                test_adjacent_slots_can_be_booked_and_an_overlap_is_refused_with_the_next_free_slot
            ),
            (
                "one of two hundred concurrent overlapping writes succeeds",
                test_one_of_two_hundred_concurrent_overlapping_writes_succeeds
            ),
            (
                "two hundred concurrent adjacent writes all succeed without a gap in the log",
                test_two_hundred_concurrent_adjacent_writes_all_succeed_and_are_in_the_log_once
            ),
            (
                "a change of an old version is stale and writes nothing",
                test_a_change_of_an_old_version_is_stale_and_writes_nothing
            ),
            (
                "cancelling a booking frees its slot and removes its reminder",
                test_cancelling_a_booking_frees_its_slot_and_removes_its_reminder
            ),
            (
                "a refused reschedule changes neither booking nor reminder",
                test_a_refused_reschedule_changes_neither_booking_nor_reminder
            ),
            (
                "the first record of a key is kept for 24 hours",
                test_the_first_record_of_a_key_is_kept_for_24_hours
            ),
            (
                "lists agree with a model that filters and sorts all bookings",
                test_lists_agree_with_a_model_that_filters_and_sorts_all_bookings
            ),
            (
                "lists have exact totals over many days while bookings change",
                test_lists_have_exact_totals_over_many_days_while_bookings_change
            ),
            (
                "events are read in order within scope and retention",
                test_events_are_read_in_order_within_scope_and_retention
            ),
            (
                "the changes after a position name the owners of the bookings",
                test_the_changes_after_a_position_name_the_owners_of_the_bookings
            ),
            (
                "readers that are behind by different positions share a read of changes",
                test_readers_that_are_behind_by_different_positions_share_a_read_of_changes
            ),
            (
                "trimming the log keeps history and positions",
                test_trimming_the_log_keeps_history_and_positions
            ),
            (
                "reminders fire once in the order of their due instants and never early",
                test_reminders_fire_once_in_the_order_of_their_due_instants_and_never_early
            ),
            (
                "a reminder due before its booking was made is late and one whose booking has started is missed",
                test_a_reminder_due_before_its_booking_was_made_is_late_and_one_whose_booking_has_started_is_missed
            ),
            (
                "eight concurrent callers fire each reminder once",
                test_eight_concurrent_callers_fire_each_reminder_once
            ),
            (
                "the ledger lists reminders that wait and the outcomes of those that fell due",
                test_the_ledger_lists_reminders_that_wait_and_the_outcomes_of_those_that_fell_due
            ),
            (
                "pages of the ledger agree with a model that filters all reminders",
                test_pages_of_the_ledger_agree_with_a_model_that_filters_all_reminders
            ),
            (
                "a reminder that is announced again has the same event at a new position",
                test_a_reminder_that_is_announced_again_has_the_same_event_at_a_new_position
            ),
            (
                "a reminder that waits was missed or is no longer owed is not announced again",
                test_a_reminder_that_waits_was_missed_or_is_no_longer_owed_is_not_announced_again
            ),
            (
                "trimming the log forgets the outcomes of reminders with its events",
                test_trimming_the_log_forgets_the_outcomes_of_reminders_with_its_events
            ),
            (
                "the audit finds nothing in what the store has written",
                test_the_audit_finds_nothing_in_what_the_store_has_written
            ),
            (
                "a stretch of the log is exported with requests and without subjects",
                test_a_stretch_of_the_log_is_exported_with_requests_and_without_subjects
            ),
            ("the sealing key is made once", test_the_sealing_key_is_made_once),
        ] + webhookSentences
    }

    /// Returns all events after a position.
    func allEvents(_ store: any Store, after: LogPosition = .start) async throws -> [LoggedEvent] {
        try await store.events(after: after, in: .all, keptSince: .earliest, limit: 10_000)?.events
            ?? []
    }
}
