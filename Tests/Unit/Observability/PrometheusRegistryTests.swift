import CoreMetrics
import Foundation
import Synchronization
import XCTest

@testable import Bookings
@testable import BookingsRuntime

final class PrometheusRegistryTests: XCTestCase {
    private let metrics = ServiceMetrics()

    private func lines(_ prefix: String = "") -> [String] {
        metrics.exposition().split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
    }

    func test_each_family_has_its_name_and_type_from_the_start() {
        XCTAssertEqual(
            lines("# TYPE "),
            [
                "http_requests_total counter", "http_request_duration_seconds histogram",
                "bookings_created_total counter", "bookings_conflicts_total counter",
                "booking_reminders_total counter", "booking_reminder_lateness_seconds histogram",
                "http_connections gauge", "http_accept_failures_total counter", "socketio_connections gauge",
                "socketio_events_sent_total counter", "event_log_lag gauge", "event_log_rewinds_total counter",
                "clock_offset_seconds gauge", "cache_requests_total counter", "in_flight_work gauge",
                "webhook_deliveries_total counter", "webhook_delivery_seconds histogram",
                "webhook_deliveries_in_flight gauge", "webhook_lag_seconds gauge",
                "audit_violations_total counter", "audit_position gauge", "audit_rounds_total counter",
                "process_cpu_seconds_total counter",
                "process_resident_memory_bytes gauge", "process_open_fds gauge", "process_start_time_seconds gauge",
            ].map { "# TYPE " + $0 })
        XCTAssertEqual(lines("# HELP ").count, lines("# TYPE ").count)
    }

    func test_series_of_closed_label_sets_are_exposed_as_zero_from_the_start() {
        let exposed = Set(lines())
        for line in [
            "bookings_created_total 0", "bookings_conflicts_total 0", #"booking_reminders_total{outcome="on_time"} 0"#,
            #"booking_reminders_total{outcome="late"} 0"#, #"booking_reminders_total{outcome="missed"} 0"#,
            "booking_reminder_lateness_seconds_count 0", #"socketio_connections{transport="websocket"} 0"#,
            #"socketio_connections{transport="polling"} 0"#, "event_log_lag 0", "clock_offset_seconds 0",
            #"cache_requests_total{result="hit"} 0"#, #"cache_requests_total{result="miss"} 0"#,
            #"in_flight_work{kind="request"} 0"#, #"in_flight_work{kind="delivery"} 0"#,
            #"webhook_deliveries_total{outcome="delivered"} 0"#, #"webhook_deliveries_total{outcome="failed"} 0"#,
            "webhook_delivery_seconds_count 0", "webhook_deliveries_in_flight 0",
            #"webhook_lag_seconds{state="active"} 0"#, #"webhook_lag_seconds{state="failing"} 0"#,
            #"webhook_lag_seconds{state="paused"} 0"#, #"webhook_lag_seconds{state="stalled"} 0"#,
        ] {
            XCTAssertTrue(exposed.contains(line), line)
        }
        XCTAssertEqual(lines("http_requests_total"), [])
    }

    func test_work_in_flight_is_read_at_each_exposition() {
        let work = InFlightWork()
        metrics.expose(work)
        work.begin(.request, count: 2)
        XCTAssertEqual(lines(#"in_flight_work{kind="request"}"#), [#"in_flight_work{kind="request"} 2"#])
        work.end(.request)
        XCTAssertEqual(lines(#"in_flight_work{kind="request"}"#), [#"in_flight_work{kind="request"} 1"#])
    }

    func test_the_lags_of_webhooks_are_read_at_each_exposition() {
        let lags = Mutex<[WebhookState: Duration]>([.stalled: .milliseconds(1500)])
        metrics.expose(webhookLags: { lags.withLock { $0 } })
        XCTAssertEqual(lines(#"webhook_lag_seconds{state="stalled"}"#), [#"webhook_lag_seconds{state="stalled"} 1.5"#])
        lags.withLock { $0 = [:] }
        XCTAssertEqual(lines(#"webhook_lag_seconds{state="stalled"}"#), [#"webhook_lag_seconds{state="stalled"} 0"#])
    }

    func test_a_request_is_counted_and_falls_into_the_buckets_of_its_duration() {
        for milliseconds in [1, 30] {
            metrics.recordRequest(
                method: "GET", route: "/bookings/{id}", status: 200, duration: .milliseconds(milliseconds))
        }
        metrics.recordRequest(method: "GET", route: "/bookings/{id}", status: 404, duration: .seconds(7))
        let found = #"method="GET",route="/bookings/{id}",status="200""#
        let missing = found.replacing("200", with: "404")
        XCTAssertEqual(
            lines("http_requests_total"), ["http_requests_total{\(found)} 2", "http_requests_total{\(missing)} 1"])
        let name = "http_request_duration_seconds"
        let counts = [
            ("0.0005", 0), ("0.001", 1), ("0.0025", 1), ("0.005", 1), ("0.01", 1), ("0.025", 1), ("0.05", 2),
            ("0.1", 2),
            ("0.25", 2), ("0.5", 2), ("1.0", 2), ("5.0", 2), ("+Inf", 2),
        ]
        XCTAssertEqual(
            lines("\(name)_bucket{\(found)"), counts.map { "\(name)_bucket{\(found),le=\"\($0.0)\"} \($0.1)" })
        XCTAssertEqual(lines("\(name)_sum{\(found)}"), ["\(name)_sum{\(found)} 0.031"])
        XCTAssertEqual(lines("\(name)_bucket{\(missing),le=\"5.0\""), ["\(name)_bucket{\(missing),le=\"5.0\"} 0"])
        XCTAssertEqual(lines("\(name)_count{\(missing)}"), ["\(name)_count{\(missing)} 1"])
    }

    func test_a_gauge_goes_up_and_down_and_keeps_fractions() {
        metrics.socketOpened(.polling)
        metrics.socketOpened(.websocket)
        metrics.socketClosed(.polling)
        metrics.setClockOffset(.milliseconds(-1500))
        metrics.setConnections(12)
        XCTAssertEqual(
            lines("socketio_connections"),
            [#"socketio_connections{transport="polling"} 0"#, #"socketio_connections{transport="websocket"} 1"#])
        XCTAssertEqual(lines("clock_offset_seconds"), ["clock_offset_seconds -1.5"])
        XCTAssertEqual(lines("http_connections"), ["http_connections 12"])
    }

    func test_a_missed_reminder_is_counted_without_a_lateness() {
        metrics.reminder(.late, lateness: .seconds(2))
        metrics.reminder(.missed, lateness: .zero)
        XCTAssertEqual(lines("booking_reminder_lateness_seconds_count"), ["booking_reminder_lateness_seconds_count 1"])
        XCTAssertEqual(lines("booking_reminder_lateness_seconds_sum"), ["booking_reminder_lateness_seconds_sum 2"])
        XCTAssertEqual(metrics.registry.value(of: .reminders), 2)
    }

    func test_label_values_are_escaped() {
        let counter = Counter(
            label: MetricFamily.bookingsCreated.name, dimensions: [("a", "x\"y\\z\n")], factory: metrics.registry)
        counter.increment(by: 3)
        XCTAssertTrue(lines().contains(#"bookings_created_total{a="x\"y\\z\n"} 3"#))
    }

    func test_registries_of_one_process_share_nothing() {
        let other = ServiceMetrics()
        metrics.bookingCreated()
        XCTAssertEqual(metrics.registry.value(of: .bookingsCreated), 1)
        XCTAssertEqual(other.registry.value(of: .bookingsCreated), 0)
    }

    func test_records_of_many_threads_are_all_counted() {
        let metrics = metrics
        DispatchQueue.concurrentPerform(iterations: 1000) { index in
            metrics.recordRequest(method: "GET", route: "/", status: 200 + index % 2, duration: .milliseconds(index))
            metrics.socketEventsSent(1)
        }
        XCTAssertEqual(metrics.registry.value(of: .requests), 1000)
        XCTAssertEqual(metrics.registry.value(of: .requestDuration), 1000)
        XCTAssertEqual(metrics.registry.value(of: .socketEvents), 1000)
    }

    func test_the_start_of_the_process_lies_in_the_past_and_stays() throws {
        let line = try XCTUnwrap(lines("process_start_time_seconds").first)
        let seconds = try XCTUnwrap(Double(line.split(separator: " ")[1]))
        XCTAssertLessThanOrEqual(seconds, Date().timeIntervalSince1970 + 1)
        XCTAssertGreaterThan(seconds, Date().timeIntervalSince1970 - 86_400)
        XCTAssertEqual(lines("process_start_time_seconds"), [line])
    }
}
