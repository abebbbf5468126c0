// The lists beside the calendar, the chosen booking, and the countdown to each reminder.

const inWords = instant => new Date(instant).toLocaleString([], { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
/** The value of an input of the type datetime-local, which has no time zone. */
const localValue = instant => {
  const date = new Date(instant);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

/** Creates an element with a text and children. */
function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

/** Whether an element shows something else than this. What is the same stays: a click on it may have begun. */
function changes(shown, what) {
  const key = JSON.stringify(what);
  if (shown.dataset.shown === key) return false;
  shown.dataset.shown = key;
  return true;
}

/** What a booking can be made of at this instant, as the path of the action and its name. */
function actionsOf(booking, now = Date.now()) {
  const hasEnded = new Date(booking.end_time) <= now, hasStarted = new Date(booking.start_time) <= now;
  const actions = [];
  if (booking.status === "pending" && !hasEnded) actions.push(["confirm", "Confirm"], ["decline", "Decline"]);
  if (HELD.includes(booking.status) && !hasEnded) actions.push(["cancel", "Cancel"]);
  if (booking.status === "confirmed" && hasStarted) actions.push(["complete", "Complete"], ["no-show", "No-show"]);
  return actions;
}

/** Returns when the next reminder of a booking is due; `null` without one. */
function nextReminder(booking, leads, now = Date.now()) {
  if (booking.status !== "confirmed") return null;
  const start = new Date(booking.start_time).getTime();
  const due = leads.map(lead => start - lead * 60000).filter(instant => instant > now);
  return due.length ? Math.min(...due) : null;
}

/** Formats a time span as 4:05 or 1:04:05, and longer ones as days. */
function countdown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  if (seconds >= 172800) return `${Math.floor(seconds / 86400)} days`;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, index) => index ? String(part).padStart(2, "0") : String(part)).join(":");
}

/** Shows bookings in a list; `choose` is called with one that is selected. */
function showList(id, bookings, choose) {
  const list = document.getElementById(id);
  if (!changes(list, bookings)) return;
  const rows = bookings.map(booking => {
    const button = element("button", inWords(booking.start_time));
    button.type = "button";
    button.className = "link";
    button.onclick = () => choose(booking);
    const who = booking.customer_id ? `, ${booking.customer_id}` : "";
    const row = element("li", "", button, element("small", `${booking.status}, until ${clockTime(booking.end_time)}${who}`));
    if (id === "upcoming") {
      row.append(element("span"));
      row.lastChild.className = "count";
      row.booking = booking;
    }
    return row;
  });
  list.replaceChildren(...(rows.length ? rows : [element("li", "None.")]));
}

/** Shows the time to the next reminder of each upcoming booking. */
function showCountdowns(leads, reminded) {
  for (const row of document.getElementById("upcoming").children) {
    if (!row.booking) continue;
    const due = nextReminder(row.booking, leads), last = reminded.get(row.booking.id);
    const next = due ? `reminder in ${countdown(due - Date.now())}` : "";
    const before = last ? `reminded at ${clockTime(last)}` : "";
    row.lastChild.textContent = [before, next].filter(Boolean).join(", ");
  }
}

/** Shows a booking with what can be done with it; `act(booking, action)` is called by the buttons. */
function showDetails(booking, act) {
  const details = document.getElementById("details"), actions = actionsOf(booking);
  details.hidden = false;
  if (!changes(details, [booking, actions])) return;
  const facts = {
    Time: `${inWords(booking.start_time)} – ${clockTime(booking.end_time)}`, Status: booking.status,
    Customer: booking.customer_id || "none", Service: booking.service_id, Version: String(booking.version), Id: booking.id,
  };
  document.getElementById("facts").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  document.getElementById("actions").replaceChildren(...actions.map(([action, name]) => {
    const button = element("button", name);
    button.type = "button";
    button.dataset.action = action;
    button.onclick = () => act(booking, action);
    return button;
  }));
  const form = document.getElementById("move");
  form.hidden = !HELD.includes(booking.status) || new Date(booking.end_time) <= Date.now();
  document.getElementById("move-start").value = localValue(booking.start_time);
  document.getElementById("move-minutes").value = Math.round(minutesBetween(booking.start_time, booking.end_time));
}

/** Adds an event to the log of live events, the newest first. */
function showEvent(name, data) {
  const text = `starts ${inWords(data.start_time)}, received ${new Date().toLocaleTimeString()}`;
  const item = element("li", "", element("strong", name), element("small", text));
  item.dataset.event = name;
  const log = document.getElementById("events");
  log.prepend(item);
  if (log.children.length > 50) log.lastChild.remove();
}
