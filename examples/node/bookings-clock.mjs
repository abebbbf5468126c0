// Bookings on a test clock: starts `simulator serve` and moves its clock. Node's standard library alone.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class BookingsClock {
  // A service of its own, which ends by `stop`. SIMULATOR names the executable.
  static async start({ at = "2030-03-29T06:00:00Z", replicas = 1, options = [] } = {}) {
    const clock = new BookingsClock();
    const list = ["serve", "--port", "0", "--control", "127.0.0.1:0", "--at", at, "--replicas", `${replicas}`, ...options];
    clock.process = spawn(process.env.SIMULATOR ?? "simulator", list, { stdio: ["ignore", "pipe", "inherit"] });
    clock.addresses = [];
    for await (const line of createInterface({ input: clock.process.stdout })) {
      const [kind, address] = line.split(" ");
      if (kind === "serves") clock.addresses.push(address);
      if (kind !== "control") continue;
      clock.control = address;
      break;
    }
    return clock;
  }

  stop() { this.process.kill(); }

  // Moves the clock: { by: "10m" }, { to: "2030-03-29T07:00:00Z" } or { until: "next-reminder" }. Returns what followed.
  async advance(how) {
    return (await this.#command("/clock/advance", how)).events;
  }

  async reset() {
    await this.#command("/reset", {});
  }

  // Injects a fault of `simulator list`, which lasts until `repair` or the next reset if it is not over at once.
  async fault(name, more = {}) {
    await this.#command("/faults", { name, ...more });
  }

  async repair(name) {
    await fetch(`${this.control}/faults/${name}`, { method: "DELETE" });
  }

  async token(sub, roles, more = {}) {
    return (await this.#command("/tokens", { sub, roles, ...more })).access_token;
  }

  // Sends a request to a replica. Returns the status, the header fields and the JSON of the answer.
  async send(method, path, token, { body, replica = 0, headers = {} } = {}) {
    const fields = { "Content-Type": "application/json", Authorization: `Bearer ${token}`, ...headers };
    const answer = await fetch(this.addresses[replica] + path, { method, headers: fields, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: text ? JSON.parse(text) : null };
  }

  async #command(path, body) {
    const answer = await fetch(this.control + path, { method: "POST", body: JSON.stringify(body) });
    const json = await answer.json();
    if (!answer.ok) throw new Error(json.detail);
    return json;
  }
}
