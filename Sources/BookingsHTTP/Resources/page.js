// The page: what the user does becomes requests, and what the service tells becomes what the page shows.

const $ = id => document.getElementById(id);
/** The bookings that the page knows, by id, and when each was last reminded of. */
const known = new Map(), reminded = new Map();
let chosen = null, day = startOfDay(new Date()), reloading = null, reading = 0;
/** More bookings than this are not kept: those of the lists and of the day are read again. */
const KEPT = 2000;

function tell(text, isBad = false) {
  $("message").textContent = text;
  $("message").toggleAttribute("data-bad", isBad);
}

/** Runs an action of the user, and tells how it ended. */
async function attempt(done, action) {
  try {
    await action();
    if (done) tell(done);
  } catch (error) {
    const free = error.nextFree ? ` The next free time is ${inWords(error.nextFree.start_time)}.` : "";
    const signIn = error.status === 401 ? " Sign in again." : "";
    tell((error.status === 412 ? "The booking has changed meanwhile; try again." : error.message) + free + signIn, true);
    show();
    if (error.status === 412) reload();
  }
}

// What is shown

const provider = () => session.role === "provider" ? session.subject : $("provider").value;

/** Keeps a booking, unless a newer version of it is known. */
function keep(booking) {
  const before = known.get(booking.id);
  if (!before || before.version <= booking.version) known.set(booking.id, booking);
  if (known.size > KEPT) known.delete([...known.keys()].find(id => id !== chosen));
}

function show() {
  $("day-title").textContent = day.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
  $("date").value = localValue(day).slice(0, 10);
  calendar.show(day, [...known.values()].filter(one => one.provider_id === provider().toLowerCase()));
  if (chosen) showDetails(known.get(chosen), act);
}

/** Reads the day and the lists again; calls that follow each other are answered by one. */
function reload() {
  reloading ??= setTimeout(() => { reloading = null; attempt("", read); }, 150);
}

async function read() {
  webhooks.reload();
  if (!session.token || session.isListRefused) return;
  try {
    await readLists();
  } catch (error) {
    if (error.status !== 403) throw error;
    session.isListRefused = true;
    tell("The service shows no lists to this role; what is booked here appears in the calendar.");
  }
}

async function readLists() {
  const mine = ++reading;
  const [shown, upcoming, past] = await Promise.all([
    bookingsBetween(provider(), day, endOfDay(day)), call("GET", "/bookings/upcoming?limit=20"), call("GET", "/bookings/past?limit=20"),
  ]);
  if (mine !== reading) return;
  for (const booking of [...shown, ...upcoming.data, ...past.data]) keep(booking);
  showList("upcoming", upcoming.data, choose);
  showList("past", past.data, choose);
  showCountdowns(session.leads, reminded);
  show();
}

function choose(booking) {
  chosen = booking.id;
  keep(booking);
  if (minutesBetween(day, booking.start_time) < 0 || new Date(booking.start_time) >= endOfDay(day)) turnTo(booking.start_time);
  calendar.mark(chosen);
  showDetails(known.get(chosen), act);
}

function turnTo(instant) {
  day = startOfDay(instant);
  show();
  calendar.scrollTo(day.getTime() === startOfDay(new Date()).getTime() ? new Date() : plusMinutes(day, 8 * 60));
  reload();
}

// What the user does

function act(booking, action) {
  return attempt(`${inWords(booking.start_time)}: ${action} done.`, async () => {
    keep(await call("POST", `/bookings/${booking.id}/${action}`, { version: booking.version }));
    show();
    reload();
    $("details").focus();
  });
}

function move(booking, start, minutes = minutesBetween(booking.start_time, booking.end_time)) {
  const body = { start_time: new Date(start).toISOString(), end_time: plusMinutes(start, minutes).toISOString() };
  return attempt(`Moved to ${inWords(start)}.`, async () => {
    keep(await call("POST", `/bookings/${booking.id}/reschedule`, { body, version: booking.version }));
    show();
    reload();
  });
}

function submits(id, done, action) {
  $(id).onsubmit = event => { event.preventDefault(); attempt(done, action); };
}

async function book() {
  if (!session.token) throw new Error("Sign in first.");
  const start = new Date($("start").value);
  const body = {
    provider_id: $("provider").value, service_id: $("service").value, start_time: start.toISOString(),
    end_time: plusMinutes(start, Number($("minutes").value)).toISOString(),
  };
  if ($("customer").value) body.customer_id = $("customer").value;
  keep(await call("POST", "/bookings", { body }));
  show();
  reload();
}

function forget() {
  reading++;
  known.clear();
  reminded.clear();
  chosen = null;
  $("details").hidden = true;
  $("events").replaceChildren();
  for (const list of ["upcoming", "past"]) showList(list, [], choose);
  show();
}

// The start

const calendar = new Calendar({ select: choose, move, pick: start => { $("start").value = localValue(start); $("service").focus(); } });
const webhooks = new Webhooks(attempt);
const live = new LiveEvents({
  reload,
  show: (state, text) => { $("state").dataset.state = state; $("state").textContent = text; },
  receive: (name, data) => {
    showEvent(name, data);
    if (name === "booking.reminder") {
      reminded.set(data.booking_id, data.event.occurred_at);
      tell(`Reminder: a booking starts at ${clockTime(data.start_time)}.`);
    } else if (data.status) {
      const { event, ...booking } = data;
      keep(booking);
    }
    show();
    reload();
  },
});
submits("sign", "Signed in.", async () => {
  live.close();
  await signIn($("role").value, $("subject").value);
  forget();
  $("sign-out").hidden = false;
  if (session.role === "provider") $("provider").value = session.subject;
  webhooks.open(session);
  live.open(session.token);
  turnTo(new Date());
});
submits("book", "Booked.", book);
submits("move", "", () => move(known.get(chosen), new Date($("move-start").value), Number($("move-minutes").value)));
$("sign-out").onclick = () => { live.close(); webhooks.close(); signOut(); forget(); $("sign-out").hidden = true; tell("Signed out."); };
$("today").onclick = () => turnTo(new Date());
$("previous").onclick = () => turnTo(plusMinutes(day, -60));
$("next").onclick = () => turnTo(endOfDay(day));
$("date").onchange = () => { if ($("date").value) turnTo(`${$("date").value}T00:00`); };
$("provider").onchange = () => { if (session.role === "admin") reload(); };
$("start").value = localValue(Math.ceil(Date.now() / 900000) * 900000 + 900000);
// Deliveries are no live events.
setInterval(() => { if (!document.hidden && $("state").dataset.state === "live") webhooks.reload(); }, 5000);
setInterval(() => {
  calendar.tick();
  showCountdowns(session.leads, reminded);
  // A booking whose end has passed belongs to the past.
  const first = $("upcoming").firstElementChild?.booking;
  if (first && new Date(first.end_time) <= Date.now()) reload();
}, 1000);
show();
calendar.scrollTo(new Date());
