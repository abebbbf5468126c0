"""The tests of an integrator, who mails reminders: python3 -m unittest discover examples/python"""

import json
import unittest
import urllib.request

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


class Stream:
    """The events of a connection that is open: server-sent events, from a cursor or from now on."""

    def __init__(self, clock, cursor=None):
        fields = {"Accept": "text/event-stream", "Authorization": f"Bearer {clock.token('mailer', 'admin')}"}
        fields |= {"Last-Event-ID": cursor} if cursor else {}
        self.answer = urllib.request.urlopen(urllib.request.Request(clock.addresses[0] + "/events", headers=fields), timeout=30)

    def next(self):
        """Returns the next event, or nothing when the connection has ended."""
        name = None
        try:
            while line := self.answer.readline().decode().rstrip("\n"):
                field, _, text = line.partition(": ")
                if field == "data":
                    self.answer.readline()
                    return {"name": name, "data": json.loads(text)}
                name = text if field == "event" else name
                if field == ":":
                    self.answer.readline()
        except OSError:
            pass
        return None


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

    def test_an_event_that_comes_again_after_a_cut_is_mailed_once(self):
        mailer, stream = Mailer(self.clock), Stream(self.clock)
        self.book("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z")
        self.clock.advance(until="next-reminder")
        cursor = stream.next()["data"]["event"]["cursor"]
        # The connection is cut before the mailer has stored the cursor of the reminder.
        reminder = stream.next()
        mailer.handle(reminder)
        self.clock.fault("drop-sockets")
        self.assertIsNone(stream.next())
        again = Stream(self.clock, cursor).next()
        self.assertEqual(again["data"]["event"]["id"], reminder["data"]["event"]["id"])
        mailer.handle(again)
        self.assertEqual(mailer.mailed, ["ann"])

    def test_a_retry_after_a_lost_answer_makes_no_second_booking(self):
        slot = ("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z")
        self.clock.fault("lost-answer")
        self.assertEqual(self.book(*slot, Idempotency_Key="k1")[0], 503)
        self.clock.repair("lost-answer")
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
