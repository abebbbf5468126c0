"use strict";
// Draws a recorded run. The data is one object, made by HTMLReport.swift; times are in milliseconds since its beginning.
const COLORS = { event: "#8d99ae", reminder: "#2f6fde", success: "#2a9d5c", refused: "#e0a100", unknown: "#7b2cbf", late: "#f07f13", due: "#5b6472" };
const LEGEND = { success: "success", refused: "refused", unknown: "outcome unknown", event: "event", reminder: "reminder", late: "late reminder", due: "due, not sent" };
const LANE = 22, LEFT = 150, TOP = 22;

function clock(data, at) { return new Date(data.begin + at).toISOString().replace(".000Z", "Z"); }

function ticks(from, until) {
  const steps = [1, 10, 100, 1e3, 5e3, 15e3, 6e4, 3e5, 9e5, 36e5, 108e5, 216e5, 864e5, 6048e5];
  const step = steps.find((one) => (until - from) / one <= 12) || 2592e6;
  const result = [];
  for (let at = Math.ceil(from / step) * step; at <= until; at += step) result.push(at);
  return result;
}

/// Whether an item of the run passes the filters.
function passes(item, filter) {
  return (!filter.booking || item.booking === filter.booking || (item.rows || []).includes(filter.booking)) &&
    (!filter.caller || item.caller === filter.caller) && (filter.replica === "" || String(item.replica) === filter.replica);
}

/// Lanes in the order of callers, sockets, reminders and replicas, and among equals by their numbers.
function byLane(left, right) {
  const group = (name) => name.startsWith("replica ") ? 3 : name === "reminders" ? 2 : name.startsWith("socket ") ? 1 : 0;
  return group(left.name) - group(right.name) || left.name.localeCompare(right.name, "en", { numeric: true });
}

/// The lanes of a run, each with its points and bars.
function lanesOf(data, filter) {
  const lanes = [];
  const byName = new Map();
  const lane = (name) => {
    if (!byName.has(name)) { byName.set(name, { name, bars: [], points: [] }); lanes.push(byName.get(name)); }
    return byName.get(name);
  };
  const calls = data.calls.filter((call) => passes(call, filter));
  for (const call of calls) lane(call.caller).points.push(call);
  for (const frame of data.frames.filter((one) => passes(one, filter))) lane("socket " + frame.caller).points.push(frame);
  for (const reminder of data.reminders.filter((one) => passes({ ...one, caller: filter.caller, replica: filter.replica }, filter))) lane("reminders").points.push(reminder);
  for (const call of calls) lane("replica " + call.replica).points.push(call);
  return [{ name: "faults", bars: data.faults, points: [] }, ...lanes.sort(byLane)];
}

function text(data, item) {
  const lines = [clock(data, item.at) + "  " + item.label];
  if (item.request) lines.push(item.request);
  if (item.text >= 0) lines.push(data.texts[item.text]);
  return lines.join("\n");
}

/// What explains a violation: everything about its booking, else everything in the minute around it.
function causes(data, violation) {
  const all = data.calls.concat(data.frames, data.reminders);
  const about = violation.booking
    ? all.filter((item) => item.booking === violation.booking || (item.rows || []).includes(violation.booking))
    : all.filter((item) => violation.at !== null && Math.abs(item.at - violation.at) <= 60000);
  return about.sort((a, b) => a.at - b.at || (a.order || 0) - (b.order || 0));
}

class Timeline {
  constructor(data, root, mark) {
    Object.assign(this, { data, mark, from: 0, until: Math.max(1, data.end), filter: { booking: "", caller: "", replica: "" }, hits: [], chosen: null, linked: [] });
    this.box = root.appendChild(document.createElement("div"));
    this.box.className = "timeline";
    this.canvas = this.box.appendChild(document.createElement("canvas"));
    this.tip = this.box.appendChild(document.createElement("div"));
    this.tip.className = "tip";
    this.canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(this.at(event.offsetX), event.deltaY > 0 ? 1.25 : 0.8); }, { passive: false });
    let drag = null;
    this.canvas.addEventListener("mousedown", (event) => { drag = event.offsetX; });
    window.addEventListener("mouseup", () => { drag = null; });
    this.canvas.addEventListener("mousemove", (event) => {
      if (drag !== null) { const by = this.at(drag) - this.at(event.offsetX); drag = event.offsetX; this.show(this.from + by, this.until + by); }
      this.hover(event.offsetX, event.offsetY);
    });
    this.canvas.addEventListener("mouseleave", () => { this.tip.style.display = "none"; });
    this.canvas.addEventListener("dblclick", () => this.show(0, this.data.end));
    window.addEventListener("resize", () => this.draw());
    this.draw();
  }
  x(at) { return LEFT + (this.width - LEFT - 10) * (at - this.from) / (this.until - this.from); }
  at(x) { return this.from + (this.until - this.from) * (x - LEFT) / (this.width - LEFT - 10); }
  zoom(at, factor) { this.show(at - (at - this.from) * factor, at + (this.until - at) * factor); }
  show(from, until) { for (const one of [this, ...this.linked]) one.move(from, until); }
  move(from, until) { if (until - from >= 2) { this.from = from; this.until = until; this.draw(); } }
  draw() {
    const lanes = lanesOf(this.data, this.filter);
    const ratio = window.devicePixelRatio || 1;
    this.width = this.box.clientWidth || 1200;
    const height = TOP + lanes.length * LANE + 6;
    this.canvas.width = this.width * ratio; this.canvas.height = height * ratio; this.canvas.style.height = height + "px";
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0); pen.clearRect(0, 0, this.width, height); pen.font = "12px sans-serif";
    this.hits = [];
    for (const at of ticks(this.from, this.until)) {
      pen.fillStyle = "#e3e7ee"; pen.fillRect(this.x(at), TOP - 4, 1, height);
      pen.fillStyle = "#1d2330"; pen.fillText(clock(this.data, at).slice(5, 19).replace("T", " "), Math.min(Math.max(this.x(at) - 40, 2), this.width - 96), 13);
    }
    lanes.forEach((lane, index) => this.background(pen, lane, TOP + index * LANE));
    for (const violation of this.data.violations) if (violation.at !== null) this.stroke(pen, violation.at, violation === this.chosen ? "#d00000" : "#f0b4b0", height);
    if (this.mark !== undefined && this.mark !== null) this.stroke(pen, this.mark, "#000000", height);
    lanes.forEach((lane, index) => this.lane(pen, lane, TOP + index * LANE));
  }
  stroke(pen, at, color, height) { if (at >= this.from && at <= this.until) { pen.fillStyle = color; pen.fillRect(this.x(at), TOP - 4, 1.5, height); } }
  background(pen, lane, y) {
    pen.fillStyle = "#f3f5f8"; pen.fillRect(LEFT, y + 1, this.width - LEFT - 10, LANE - 3);
    pen.fillStyle = "#1d2330"; pen.fillText(lane.name.slice(0, 22), 6, y + 15);
  }
  lane(pen, lane, y) {
    pen.save(); pen.beginPath(); pen.rect(LEFT, y, this.width - LEFT - 10, LANE); pen.clip();
    for (const bar of lane.bars) {
      const from = this.x(bar.at), width = Math.max(3, this.x(bar.until) - from);
      pen.fillStyle = "#f2b8b5"; pen.fillRect(from, y + 3, width, LANE - 7);
      pen.fillStyle = "#5a1a20"; pen.fillText(bar.label, Math.max(from, LEFT) + 3, y + 15);
      this.hits.push({ from, until: from + width, y, item: bar });
    }
    for (const point of lane.points) {
      if (point.at < this.from || point.at > this.until) continue;
      const x = this.x(point.at);
      pen.fillStyle = COLORS[point.kind] || "#000000"; pen.fillRect(x, y + 4, 2, LANE - 9);
      this.hits.push({ from: x, until: x + 2, y, item: point });
    }
    pen.restore();
  }
  hover(x, y) {
    const near = this.hits.filter((hit) => y >= hit.y && y < hit.y + LANE && x >= hit.from - 3 && x <= hit.until + 3);
    this.tip.style.display = near.length ? "block" : "none";
    if (!near.length) return;
    const shown = near.slice(0, 4).map((hit) => text(this.data, hit.item));
    this.tip.textContent = shown.join("\n\n") + (near.length > 4 ? "\n\nand " + (near.length - 4) + " more: zoom in" : "");
    this.tip.style.left = Math.min(x + 12, Math.max(0, this.width - 640)) + "px"; this.tip.style.top = y + 16 + "px";
  }
}

function list(root, className, title) {
  const part = root.appendChild(document.createElement("div"));
  part.className = className;
  part.appendChild(document.createElement("b")).textContent = title;
  return part.appendChild(document.createElement("ul"));
}

function filters(root, timeline) {
  const box = root.appendChild(document.createElement("header"));
  box.className = "filters";
  const choices = { booking: new Set(timeline.data.bookings), caller: new Set(timeline.data.calls.concat(timeline.data.frames).map((item) => item.caller)), replica: new Set(timeline.data.calls.map((call) => String(call.replica))) };
  const inputs = {};
  for (const name of Object.keys(choices)) {
    const label = box.appendChild(document.createElement("label"));
    label.textContent = name + " ";
    const input = label.appendChild(document.createElement("select"));
    for (const choice of ["", ...Array.from(choices[name]).sort()]) { const option = input.appendChild(document.createElement("option")); option.value = choice; option.textContent = choice || "all"; }
    input.addEventListener("change", () => { timeline.filter[name] = input.value; timeline.draw(); });
    inputs[name] = input;
  }
  for (const kind of Object.keys(LEGEND)) {
    const entry = box.appendChild(document.createElement("span"));
    entry.className = "legend"; entry.textContent = LEGEND[kind]; entry.style.borderColor = COLORS[kind];
  }
  box.appendChild(document.createElement("span")).textContent = "wheel: zoom, drag: move, double click: the whole run";
  return inputs;
}

function render(data, root, mark) {
  const head = root.appendChild(document.createElement("header"));
  head.appendChild(document.createElement("h1")).textContent = data.title;
  head.appendChild(document.createElement("p")).textContent = data.subtitle;
  const inputsRoot = root.appendChild(document.createElement("div"));
  const timeline = new Timeline(data, root, mark);
  const inputs = filters(inputsRoot, timeline);
  const columns = root.appendChild(document.createElement("div"));
  columns.className = "columns";
  const violations = list(columns, "violations", data.violations.length + " violations");
  const operations = list(columns, "operations", "Operations: choose a violation");
  const heading = columns.lastChild.firstChild;
  const detail = columns.lastChild.appendChild(document.createElement("pre"));
  detail.textContent = "";
  for (const violation of data.violations) {
    const row = violations.appendChild(document.createElement("li"));
    row.textContent = violation.invariant + ": " + violation.detail;
    row.addEventListener("click", () => {
      for (const other of violations.children) other.className = "";
      row.className = "chosen";
      heading.textContent = violation.booking ? "Operations on " + violation.booking : "Operations in the minute around the violation";
      timeline.chosen = violation;
      const items = causes(data, violation);
      timeline.filter = { booking: violation.booking || "", caller: "", replica: "" };
      for (const name of Object.keys(inputs)) inputs[name].value = timeline.filter[name];
      if (items.length) { const last = items[items.length - 1].at, margin = (last - items[0].at) / 10 + 1000; timeline.show(items[0].at - margin, last + margin); } else timeline.draw();
      operations.textContent = "";
      for (const item of items) {
        const line = operations.appendChild(document.createElement("li"));
        line.textContent = clock(data, item.at) + "  " + item.label;
        line.addEventListener("click", () => { for (const other of operations.children) other.className = ""; line.className = "chosen"; detail.textContent = text(data, item); });
      }
    });
  }
  return timeline;
}

function compare(difference, root) {
  const head = root.appendChild(document.createElement("header"));
  head.appendChild(document.createElement("h1")).textContent = difference.line ? "The traces differ from line " + difference.line + " on" : "The traces are the same";
  const box = root.appendChild(document.createElement("div"));
  box.className = "diff";
  for (const side of [difference.left, difference.right]) {
    const pre = box.appendChild(document.createElement("pre"));
    for (const line of difference.before) pre.appendChild(document.createElement("span")).textContent = line + "\n";
    side.forEach((line, index) => { const span = pre.appendChild(document.createElement("span")); span.textContent = line + "\n"; if (index === 0) span.className = "first"; });
  }
}

if (typeof document !== "undefined") {
  const content = JSON.parse(document.getElementById("data").textContent);
  if (content.difference) compare(content.difference, document.body);
  const timelines = content.runs.map((run) => render(run, document.body, content.difference ? content.difference.at : null));
  for (const one of timelines) one.linked = timelines.filter((other) => other !== one);
}
if (typeof module !== "undefined") module.exports = { ticks, passes, lanesOf, causes, text };
