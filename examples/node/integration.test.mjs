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
      this.handle(event);
      this.cursor = event.data.event.cursor;
    }
  }

  handle(event) {
    if (event.name !== "booking.reminder" || this.seen.has(event.data.event.id)) return;
    this.seen.add(event.data.event.id);
    this.mailed.push(event.data.customer_id);
  }
}

// The events of a connection that is open: server-sent events, from a cursor or from now on. It ends with the connection.
async function openStream(cursor) {
  const headers = { Accept: "text/event-stream", Authorization: `Bearer ${await clock.token("mailer", ["admin"])}` };
  if (cursor) headers["Last-Event-ID"] = cursor;
  const { body } = await fetch(clock.addresses[0] + "/events", { headers });
  return (async function* () {
    let text = "";
    try {
      for await (const bytes of body.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + bytes).split("\n\n");
        text = blocks.pop();
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block);
          if (data) yield { name: /^event: (.*)$/m.exec(block)[1], data: JSON.parse(data[1]) };
        }
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // as fetch reports a connection that was cut
    }
  })();
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

test("an event that comes again after a cut is mailed once", async () => {
  const mailer = new Mailer();
  const stream = await openStream();
  await book("2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z");
  await clock.advance({ until: "next-reminder" });
  const { value: created } = await stream.next();
  // The connection is cut before the mailer has stored the cursor of the reminder.
  const { value: reminder } = await stream.next();
  mailer.handle(reminder);
  await clock.fault("drop-sockets");
  assert.equal((await stream.next()).done, true);
  const { value: again } = await (await openStream(created.data.event.cursor)).next();
  assert.equal(again.data.event.id, reminder.data.event.id);
  mailer.handle(again);
  assert.deepEqual(mailer.mailed, ["ann"]);
});

test("a retry after a lost answer makes no second booking", async () => {
  const slot = ["2030-03-29T07:00:00Z", "2030-03-29T07:30:00Z"];
  await clock.fault("lost-answer");
  assert.equal((await book(...slot, { "Idempotency-Key": "k1" })).status, 503);
  await clock.repair("lost-answer");
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
