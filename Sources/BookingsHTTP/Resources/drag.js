// Moving a block of the calendar with the mouse.

/** A block that follows a mouse or a pen. A finger scrolls the calendar instead, and uses the form. */
class Drag {
  constructor(calendar, item, event) {
    if (event.button !== 0 || event.pointerType === "touch" || !calendar.canMove(item.booking)) return;
    Object.assign(this, { calendar, item, origin: event.clientY, minutes: 0, stop: new AbortController() });
    const options = { signal: this.stop.signal };
    window.addEventListener("pointermove", moved => this.follow(moved), options);
    window.addEventListener("pointerup", () => this.end(true), options);
    window.addEventListener("pointercancel", () => this.end(false), options);
    window.addEventListener("keydown", key => { if (key.key === "Escape") this.end(false); }, options);
  }

  get times() {
    const { start_time, end_time } = this.item.booking;
    return [plusMinutes(start_time, this.minutes), plusMinutes(end_time, this.minutes)];
  }

  follow(event) {
    const perPixel = 1440 / this.calendar.list.clientHeight;
    this.minutes = Math.round((event.clientY - this.origin) * perPixel / STEP) * STEP;
    if (this.minutes) this.item.classList.add("dragged");
    this.calendar.setTimes(this.item, ...this.times);
  }

  end(isDropped) {
    this.stop.abort();
    const wasDragged = this.item.classList.contains("dragged");
    this.item.classList.remove("dragged");
    if (!wasDragged) return;
    // The click that follows a drop selects nothing.
    const swallow = new AbortController();
    window.addEventListener("click", click => click.stopPropagation(), { capture: true, signal: swallow.signal });
    setTimeout(() => swallow.abort(), 0);
    const [start] = this.times, { start_time, end_time } = this.item.booking;
    if (isDropped && this.minutes) return this.calendar.move(this.item.booking, start);
    this.calendar.setTimes(this.item, start_time, end_time);
  }
}
