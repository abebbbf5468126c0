"""The tests of an integrator, who mails reminders: python3 -m unittest discover examples/python"""

import unittest

from bookings_clock import BookingsClock

PROVIDER = "11111111-1111-4111-8111-111111111111"
SERVICE = "22222222-2222-4222-8222-222222222222"


class Mailer:
    """The program under test: reads events behind its cursor, and mails each reminder once."""

    def __init__(self, clock):
        self.clock, self.cursor, self.mailed, self.seen = clock, None, [], set()

    def poll(self):
        path = "/events?limit=100" + (f"&after={self.cursor}" if self.cursor else "")
        _, _, page = self.clock.send("GET", path, self.clock.token("mailer", "admin"))
        for event in page["data"]:
            self.handle(event)
            self.cursor = event["data"]["event"]["cursor"]

    def handle(self, event):
        if event["name"] == "booking.reminder" and event["data"]["event"]["id"] not in self.seen:
            self.seen.add(event["data"]["event"]["id"])
            self.mailed.append(event["data"]["customer_id"])


class IntegrationTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.clock = BookingsClock(replicas=2)
        cls.addClassCleanup(cls.clock.stop)

    def setUp(self):
        self.clock.reset()

    def book(self, start, end, **headers):
        body = {"provider_id": PROVIDER, "service_id": SERVICE, "start_time": start, "end_time": end}
        return self.clock.send("POST", "/bookings", self.clock.token("ann", "customer"), body, **headers)

    def test_a_reminder_is_mailed_ten_minutes_before(self):
        mailer = Mailer(self.clock)
        self.assertEqual(self.book("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z")[0], 201)
        self.clock.advance(to="2030-03-29T06:49:59Z")
        mailer.poll()
        self.assertEqual(mailer.mailed, [])
        events = self.clock.advance(by="1s")
        self.assertEqual([event["name"] for event in events], ["booking.reminder"])
        mailer.poll()
        self.assertEqual(mailer.mailed, ["ann"])

    def test_a_mailer_that_forgot_its_cursor_mails_nothing_twice(self):
        mailer = Mailer(self.clock)
        self.book("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z")
        self.clock.advance(until="next-reminder")
        mailer.poll()
        mailer.cursor = None
        mailer.poll()
        self.assertEqual(mailer.mailed, ["ann"])

    def test_a_retry_after_a_lost_answer_makes_no_second_booking(self):
        slot = ("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z")
        self.book(*slot, Idempotency_Key="k1")
        # As a client that has not received the answer does.
        again = self.book(*slot, Idempotency_Key="k1")
        self.assertEqual((again[0], again[1]["Idempotency-Replayed"]), (201, "true"))
        _, _, page = self.clock.send("GET", "/bookings", self.clock.token("root", "admin"))
        self.assertEqual([booking["id"] for booking in page["data"]], [again[2]["id"]])

    def test_the_night_in_which_clocks_change_delays_no_reminder(self):
        # In Berlin 03:30 follows 01:59 by 91 minutes of the clock, and by 31 minutes of time.
        self.assertEqual(self.book("2030-03-31T03:30:00+02:00", "2030-03-31T04:00:00+02:00")[0], 201)
        self.clock.advance(to="2030-03-31T01:59:00+01:00")
        events = self.clock.advance(by="21m")
        self.assertEqual([event["data"]["due_at"] for event in events], ["2030-03-31T01:20:00.000Z"])


if __name__ == "__main__":
    unittest.main()
