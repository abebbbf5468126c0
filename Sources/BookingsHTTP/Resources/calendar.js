// The calendar of a day: a block for each booking, which can be moved by dragging and by keys.

const STEP = 15;
const HELD = ["pending", "confirmed"];
const clockTime = instant => new Date(instant).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const plusMinutes = (instant, minutes) => new Date(new Date(instant).getTime() + minutes * 60000);
const minutesBetween = (from, to) => (new Date(to) - new Date(from)) / 60000;
const startOfDay = instant => { const day = new Date(instant); day.setHours(0, 0, 0, 0); return day; };
/** Midnight of the next day, which is not always 24 hours later. */
const endOfDay = day => { const next = new Date(day); next.setDate(next.getDate() + 1); return next; };

class Calendar {
  /** `select(booking)`, `move(booking, start)` and `pick(start)`, the last of a free time, are called by the user's actions. */
  constructor({ select, move, pick }) {
    Object.assign(this, { select, move, pick, items: new Map(), day: startOfDay(new Date()), selected: null });
    this.list = document.getElementById("blocks");
    this.list.addEventListener("click", event => this.clicked(event));
    const hours = document.getElementById("hours");
    for (let hour = 0; hour < 24; hour++) {
      const line = document.createElement("li"), label = document.createElement("span");
      label.textContent = `${String(hour).padStart(2, "0")}:00`;
      line.style.setProperty("--start", hour * 60);
      line.append(label);
      hours.append(line);
    }
  }

  /** Shows the bookings of a day that hold or used their time. Blocks that remain move to their new place. */
  show(day, bookings) {
    this.day = day;
    const end = endOfDay(day);
    const shown = bookings
      .filter(one => !["cancelled", "declined"].includes(one.status))
      .filter(one => new Date(one.start_time) < end && new Date(one.end_time) > day)
      .sort((a, b) => a.start_time < b.start_time ? -1 : 1);
    for (const [id, item] of this.items) {
      if (shown.some(one => one.id === id)) continue;
      item.remove();
      this.items.delete(id);
    }
    this.assignLanes(shown).forEach((placed, index) => this.place(placed, index));
    this.tick();
  }

  /** Puts bookings that overlap beside each other. */
  assignLanes(bookings) {
    let group = [], ends = [], groupEnd = "";
    const placed = [];
    const closeGroup = () => { for (const one of group) one.lanes = ends.length; group = []; ends = []; };
    for (const booking of bookings) {
      if (booking.start_time >= groupEnd) closeGroup();
      const free = ends.findIndex(end => end <= booking.start_time);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = booking.end_time;
      groupEnd = groupEnd > booking.end_time ? groupEnd : booking.end_time;
      const one = { booking, lane };
      group.push(one);
      placed.push(one);
    }
    closeGroup();
    return placed;
  }

  place({ booking, lane, lanes }, index) {
    const item = this.items.get(booking.id) || this.makeItem(booking.id);
    item.booking = booking;
    item.dataset.status = booking.status;
    this.setTimes(item, booking.start_time, booking.end_time);
    item.style.setProperty("--lane", lane);
    item.style.setProperty("--lanes", lanes);
    item.toggleAttribute("data-selected", booking.id === this.selected);
    // The order of the elements is the order in which the Tab key and screen readers reach them.
    if (this.list.children[index] !== item) this.list.insertBefore(item, this.list.children[index] || null);
  }

  makeItem(id) {
    const item = document.createElement("li");
    item.className = "block";
    item.append(document.createElement("button"));
    item.firstChild.type = "button";
    item.addEventListener("keydown", event => this.pressed(event, item));
    item.addEventListener("pointerdown", event => new Drag(this, item, event));
    this.items.set(id, item);
    return item;
  }

  /** Shows a block at these times, which are not those of its booking while it is dragged. */
  setTimes(item, start, end) {
    const from = Math.max(0, minutesBetween(this.day, start)), to = Math.min(1440, minutesBetween(this.day, end));
    item.style.setProperty("--start", from);
    item.style.setProperty("--length", to - from);
    const who = item.booking.customer_id ? `, ${item.booking.customer_id}` : "";
    item.firstChild.textContent = `${clockTime(start)} – ${clockTime(end)} ${item.booking.status}${who}`;
  }

  canMove(booking) { return HELD.includes(booking.status) && new Date(booking.end_time) > Date.now(); }

  mark(id) {
    this.selected = id;
    for (const [key, item] of this.items) item.toggleAttribute("data-selected", key === id);
  }

  clicked(event) {
    const item = event.target.closest(".block");
    if (item) return this.select(item.booking);
    const minutes = (event.clientY - this.list.getBoundingClientRect().top) / this.list.clientHeight * 1440;
    this.pick(plusMinutes(this.day, Math.floor(minutes / STEP) * STEP));
  }

  pressed(event, item) {
    const direction = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    if (event.shiftKey) {
      if (this.canMove(item.booking)) this.move(item.booking, plusMinutes(item.booking.start_time, direction * STEP));
    } else {
      (direction < 0 ? item.previousElementSibling : item.nextElementSibling)?.firstChild.focus();
    }
  }

  /** Moves the line of the present. */
  tick() {
    const line = document.getElementById("now"), minutes = minutesBetween(this.day, Date.now());
    line.hidden = minutes < 0 || minutes > 1440;
    line.style.setProperty("--start", minutes);
  }

  scrollTo(instant) {
    const view = document.getElementById("calendar");
    const share = Math.max(0, minutesBetween(this.day, instant)) / 1440;
    view.scrollTop = share * this.list.clientHeight - view.clientHeight / 3;
  }
}
