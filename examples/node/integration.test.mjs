// The tests of an integrator, who mails reminders: node --test examples/node
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { BookingsClock } from "./bookings-clock.mjs";

let clock;
before(async () => { clock = await BookingsClock.start({ replicas: 2 }); });
after(() => clock.stop());
beforeEach(() => clock.reset());

// The program under test: reads events behind its cursor, and mails each reminder once.
class Mailer {
  cursor = null;
  mailed = [];
  seen = new Set();

  async poll() {
    const path = "/events?limit=100" + (this.cursor ? `&after=${this.cursor}` : "");
    const { json } = await clock.send("GET", path, await clock.token("mailer", ["admin"]));
    for (const event of json.data) {
      if (event.name === "booking.reminder" && !this.seen.has(event.data.event.id)) {
        this.seen.add(event.data.event.id);
        this.mailed.push(event.data.customer_id);
      }
      this.cursor = event.data.event.cursor;
    }
  }
}

async function book(start, end, headers = {}) {
  const provider = "11111111-1111-4111-8111-111111111111", service = "22222222-2222-4222-8222-222222222222";
  const body = { provider_id: provider, service_id: service, start_time: start, end_time: end };
  return clock.send("POST", "/bookings", await clock.token("ann", ["customer"]), { body, headers });
}

test("a reminder is mailed ten minutes before", async () => {
  const mailer = new Mailer();
  assert.equal((await book("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z")).status, 201);
  await clock.advance({ to: "2030-03-29T06:49:59Z" });
  await mailer.poll();
  assert.deepEqual(mailer.mailed, []);
  const events = await clock.advance({ by: "1s" });
  assert.deepEqual(events.map((event) => event.name), ["booking.reminder"]);
  await mailer.poll();
  assert.deepEqual(mailer.mailed, ["ann"]);
});

test("a mailer that forgot its cursor mails nothing twice", async () => {
  const mailer = new Mailer();
  await book("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z");
  await clock.advance({ until: "next-reminder" });
  await mailer.poll();
  mailer.cursor = null;
  await mailer.poll();
  assert.deepEqual(mailer.mailed, ["ann"]);
});

test("a retry after a lost answer makes no second booking", async () => {
  const slot = ["2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z"];
  await book(...slot, { "Idempotency-Key": "k1" });
  // As a client that has not received the answer does.
  const again = await book(...slot, { "Idempotency-Key": "k1" });
  assert.deepEqual([again.status, again.headers.get("Idempotency-Replayed")], [201, "true"]);
  const { json } = await clock.send("GET", "/bookings", await clock.token("root", ["admin"]));
  assert.deepEqual(json.data.map((booking) => booking.id), [again.json.id]);
});

test("the night in which clocks change delays no reminder", async () => {
  // In Berlin 03:30 follows 01:59 by 91 minutes of the clock, and by 31 minutes of time.
  assert.equal((await book("2030-03-31T03:30:00+02:00", "2030-03-31T04:00:00+02:00")).status, 201);
  await clock.advance({ to: "2030-03-31T01:59:00+01:00" });
  const events = await clock.advance({ by: "21m" });
  assert.deepEqual(events.map((event) => event.data.due_at), ["2030-03-31T01:20:00.000Z"]);
});
