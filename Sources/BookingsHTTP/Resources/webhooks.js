// The webhooks that the user manages, with the last deliveries of one of them.

const WEBHOOKS_SHOWN = 100, DELIVERIES_SHOWN = 10;

/** Formats a number of seconds as 0.4 s, 12 s, 3 min, 5 h or 2 days. */
function inUnits(seconds) {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  const [unit, name] = [[86400, "days"], [3600, "h"], [60, "min"]].find(([unit]) => seconds >= 2 * unit) || [1, "s"];
  return `${Math.round(seconds / unit)} ${name}`;
}

class Webhooks {
  /** `attempt(done, action)` runs what the user does. */
  constructor(attempt) {
    Object.assign(this, { attempt, chosen: null, reading: 0 });
    this.section = document.getElementById("webhooks");
    this.list = document.getElementById("endpoints");
    this.deliveries = document.getElementById("deliveries");
    document.getElementById("webhooks-refresh").onclick = () => this.attempt("", () => this.read());
  }

  /** Shows the section to those who can have webhooks, if the service has them. */
  open(session) {
    this.close();
    this.section.hidden = session.role === "customer" || !session.hasWebhooks;
    this.reload();
  }

  close() {
    this.reading++;
    this.chosen = null;
    this.section.hidden = this.deliveries.hidden = true;
  }

  /** Reads again what is shown. What an answer to an earlier call says is not shown any more. */
  reload() {
    if (!this.section.hidden) this.attempt("", () => this.read());
  }

  async read() {
    const mine = ++this.reading, chosen = this.chosen;
    const [webhooks, deliveries] = await Promise.all([
      call("GET", `/webhooks?limit=${WEBHOOKS_SHOWN}`),
      chosen ? call("GET", `/webhooks/${chosen}/deliveries?limit=${DELIVERIES_SHOWN}`) : null,
    ]);
    if (mine !== this.reading) return;
    this.show(webhooks.data);
    if (deliveries) this.showDeliveries(deliveries.data);
  }

  show(webhooks) {
    if (!changes(this.list, [webhooks, this.chosen])) return;
    // The elements are new; the keyboard's focus goes to the one that replaces its own.
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset : null;
    const rows = webhooks.map(webhook => this.row(webhook));
    this.list.replaceChildren(...(rows.length ? rows : [element("li", "None. POST /webhooks adds one.")]));
    if (!focused) return;
    [...this.list.querySelectorAll("button")]
      .find(one => one.dataset.webhook === focused.webhook && one.dataset.action === focused.action)?.focus();
  }

  row(webhook) {
    const pauses = ["active", "failing"].includes(webhook.state);
    const name = this.button(webhook, webhook.url, "choose", () => this.choose(webhook));
    name.className = "link";
    name.setAttribute("aria-pressed", String(webhook.id === this.chosen));
    const buttons = element("div", "",
      this.button(webhook, pauses ? "Pause" : "Resume", "state", () => this.setState(webhook, pauses ? "paused" : "active")),
      this.button(webhook, "Send a test", "test", () => this.test(webhook)));
    buttons.className = "buttons";
    const row = element("li", "", name, element("small", this.describe(webhook)), buttons);
    row.dataset.state = webhook.state;
    return row;
  }

  describe(webhook) {
    const lag = webhook.lag > 0 ? `${inUnits(webhook.lag)} behind` : "up to date";
    const success = webhook.last_success_at ? `last success ${inWords(webhook.last_success_at)}` : "no success yet";
    const scope = webhook.provider_id ? "" : ", all providers";
    return `${webhook.state}, ${lag}${scope}, ${success}${webhook.last_error ? `, last error: ${webhook.last_error}` : ""}`;
  }

  button(webhook, text, action, run) {
    const made = element("button", text);
    made.type = "button";
    made.onclick = run;
    made.dataset.webhook = webhook.id;
    made.dataset.action = action;
    if (action !== "choose") {
      made.className = "plain";
      made.setAttribute("aria-label", `${text}: ${webhook.url}`);
    }
    return made;
  }

  choose(webhook) {
    this.chosen = webhook.id;
    document.getElementById("deliveries-title").textContent = `Last deliveries to ${webhook.url}`;
    this.deliveries.hidden = false;
    this.showDeliveries([]);
    this.reload();
  }

  showDeliveries(deliveries) {
    const list = document.getElementById("attempts");
    if (!changes(list, deliveries)) return;
    const rows = deliveries.map(one => {
      const outcome = one.error ? `failed: ${one.error}` : `delivered, status ${one.status}`;
      const row = element("li", "", element("strong", one.name),
        element("small", `${outcome}, ${inUnits(one.latency_ms / 1000)}, ${new Date(one.at).toLocaleTimeString()}, ${one.event_id}`));
      row.dataset.outcome = one.error ? "failed" : "succeeded";
      return row;
    });
    list.replaceChildren(...(rows.length ? rows : [element("li", "None.")]));
  }

  setState(webhook, state) {
    return this.attempt(`${webhook.url}: ${state}.`, async () => {
      await call("PATCH", `/webhooks/${webhook.id}`, { body: { state } });
      await this.read();
    });
  }

  test(webhook) {
    return this.attempt("", async () => {
      const { status, error, latency_ms } = await call("POST", `/webhooks/${webhook.id}/test`);
      const outcome = error ? `The test failed: ${error}` : `The test was answered with ${status}`;
      tell(`${outcome}, after ${inUnits(latency_ms / 1000)}.`, Boolean(error));
    });
  }
}
