// Live events by Socket.IO 5 over a WebSocket (Engine.IO 4), as far as a client that only receives needs them.

const LONGEST_PAUSE = 15000;

/** A connection that comes back by itself, and then receives the events that it missed. */
class LiveEvents {
  /** `receive(name, data)` gets each event once; `reload()` is called when events may be missing; `show(state, text)`. */
  constructor({ receive, reload, show }) {
    Object.assign(this, { receive, reload, show, socket: null, cursor: null, pause: 1000, timer: null, seen: new Set() });
  }

  open(token) {
    this.close();
    this.token = token;
    this.connect();
  }

  close() {
    clearTimeout(this.timer);
    if (this.socket) {
      this.socket.onclose = null;
      this.socket.close();
    }
    Object.assign(this, { socket: null, cursor: null, pause: 1000 });
    this.seen.clear();
    this.show("closed", "not signed in");
  }

  connect() {
    this.show("connecting", "connecting");
    const address = location.origin.replace(/^http/, "ws") + "/socket.io/?EIO=4&transport=websocket";
    this.socket = new WebSocket(address);
    this.socket.onmessage = message => this.read(message.data);
    this.socket.onclose = () => this.retry();
  }

  retry() {
    this.show("lost", `connection lost, next attempt in ${Math.round(this.pause / 1000)} s`);
    this.timer = setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  /** Engine.IO packets: 0 open, 2 ping, 4 message. Socket.IO packets: 0 CONNECT, 2 EVENT, 4 CONNECT_ERROR. */
  read(packet) {
    if (packet[0] === "0") {
      this.socket.send("40" + JSON.stringify({ token: this.token, after: this.cursor }));
    } else if (packet === "2") {
      this.socket.send("3");
    } else if (packet.startsWith("40")) {
      this.pause = 1000;
      this.show("live", "live");
      // Whatever changed before the connection was there is not among its events.
      if (!this.cursor) this.reload();
    } else if (packet.startsWith("44")) {
      this.socket.onclose = null;
      this.socket.close();
      this.show("lost", `not connected: ${JSON.parse(packet.slice(2)).message}; sign in again`);
    } else if (packet.startsWith("42")) {
      this.take(...JSON.parse(packet.slice(2)));
    }
  }

  take(name, data) {
    if (name === "resync") {
      this.cursor = null;
      return this.reload();
    }
    this.cursor = data.event.cursor;
    if (this.seen.has(data.event.id)) return;
    this.seen.add(data.event.id);
    if (this.seen.size > 1000) this.seen.delete(this.seen.values().next().value);
    this.receive(name, data);
  }
}
