// Requests to the service, by the user that is signed in.

const session = { token: null, role: null, subject: null, leads: [], isListRefused: false, hasWebhooks: false };

/** A response that is no success. `status` is its status; the message says what the client can change. */
class Problem extends Error {
  constructor(status, problem) {
    const places = (problem.errors || []).map(error => `${error.pointer}: ${error.detail}`);
    super([problem.detail || problem.title, ...places].join(" "));
    this.status = status;
    this.nextFree = problem.next_free;
  }
}

/** Sends a request, and returns the JSON of its response. With a version, a booking that has another one is not changed. */
async function call(method, path, { body, version } = {}) {
  const headers = {};
  if (session.token) headers.Authorization = `Bearer ${session.token}`;
  if (body) headers["Content-Type"] = "application/json";
  if (version) headers["If-Match"] = `"${version}"`;
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const json = await response.json();
  if (!response.ok) throw new Problem(response.status, json);
  return json;
}

/** Returns all bookings of a provider that overlap the time from one instant to another. */
async function bookingsBetween(provider, from, to) {
  const filters = new URLSearchParams({
    provider_id: provider, from: from.toISOString(), to: to.toISOString(), limit: 100,
  });
  const found = [];
  let cursor = null;
  do {
    if (cursor) filters.set("cursor", cursor);
    const page = await call("GET", `/bookings?${filters}`);
    found.push(...page.data);
    cursor = page.meta.next_cursor;
  } while (cursor);
  return found;
}

/** Signs in by a token that the service issues outside production. */
async function signIn(role, subject) {
  session.token = null;
  const answer = await call("POST", "/auth/token", { body: { sub: subject, roles: [role] } });
  const health = await call("GET", "/health").catch(() => null);
  const leads = health?.details?.reminders?.lead_minutes || [];
  const hasWebhooks = Boolean(health?.details?.webhooks);
  Object.assign(session, { token: answer.access_token, role, subject, leads, isListRefused: false, hasWebhooks });
}

function signOut() {
  Object.assign(session, { token: null, role: null, subject: null });
}
