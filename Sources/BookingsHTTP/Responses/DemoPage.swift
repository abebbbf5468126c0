import Bookings
import HummingbirdCore
import NIOCore

/// The page at `/` in development: sign in, book, watch events arrive. It loads nothing from elsewhere.
enum DemoPage {
    @Sendable static func show(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                    + "connect-src 'self' ws: wss:; frame-ancestors 'none'",
            ],
            body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    static let html = #"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Bookings</title>
        <style>
        :root { --ink:#1c2433; --soft:#667085; --line:#e4e7ec; --tint:#f6f7fb; --accent:#3b5bdb; --good:#2b8a3e; --bad:#c92a2a }
        * { box-sizing:border-box } body { margin:0; font:15px/1.5 system-ui,sans-serif; color:var(--ink); background:var(--tint) }
        header { padding:1.4rem 2rem; background:#fff; border-bottom:1px solid var(--line); display:flex; gap:1rem; align-items:baseline }
        h1 { margin:0; font-size:1.25rem } header span { color:var(--soft) }
        main { display:grid; grid-template-columns:repeat(auto-fit,minmax(300px,1fr)); gap:1rem; padding:1.25rem 2rem; max-width:1200px; margin:auto }
        section { background:#fff; border:1px solid var(--line); border-radius:10px; padding:1.1rem }
        h2 { font-size:.95rem; margin:0 0 .7rem } label { display:block; color:var(--soft); font-size:.82rem; margin-top:.6rem }
        input,select { width:100%; padding:.45rem .55rem; border:1px solid var(--line); border-radius:6px; font:inherit }
        button { margin-top:.9rem; padding:.5rem .9rem; border:0; border-radius:6px; background:var(--accent); color:#fff; font:inherit; cursor:pointer }
        button.plain { background:#fff; color:var(--accent); border:1px solid var(--line); margin:0; padding:.15rem .5rem; font-size:.8rem }
        ul { list-style:none; margin:0; padding:0 } li { padding:.5rem 0; border-top:1px solid var(--line) } li:first-child { border:0 }
        time,small { color:var(--soft) } .good { color:var(--good) } .bad { color:var(--bad) } #message { min-height:1.4rem }
        </style></head><body>
        <header><h1>Bookings</h1><span id="state">not signed in</span></header>
        <main>
        <section><h2>Sign in</h2><form id="sign">
        <label>Role<select id="role"><option>provider</option><option>customer</option><option>admin</option></select></label>
        <label>Subject<input id="sub" value="11111111-1111-4111-8111-111111111111" required></label><button>Sign in</button></form></section>
        <section><h2>New booking</h2><form id="book">
        <label>Provider<input id="provider" value="11111111-1111-4111-8111-111111111111" required></label>
        <label>Service<input id="service" value="22222222-2222-4222-8222-222222222222" required></label>
        <label>Starts in minutes<input id="start" type="number" value="15" min="0" step="any" required></label>
        <label>Lasts minutes<input id="length" type="number" value="30" min="1" required></label>
        <button>Book</button></form><p id="message" role="status"></p></section>
        <section><h2>Upcoming</h2><ul id="upcoming"></ul></section>
        <section><h2>Live events</h2><ul id="events"></ul></section>
        </main>
        <script>
        const $ = id => document.getElementById(id); let token = null, socket = null, after = null;
        const when = text => new Date(text).toLocaleString();
        function say(text, bad) { $('message').textContent = text; $('message').className = bad ? 'bad' : 'good'; }
        function row(list, strong, rest, button) {
          const item = document.createElement('li'), head = document.createElement('strong'), tail = document.createElement('small');
          head.textContent = strong + ' '; tail.textContent = rest + ' '; item.append(head, tail); if (button) item.append(button); list.append(item); return item;
        }
        async function call(method, path, body) {
          const headers = { 'Authorization': 'Bearer ' + token }; if (body) headers['Content-Type'] = 'application/json';
          const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
          const json = await answer.json(); if (!answer.ok) throw new Error((json.errors || []).map(e => e.detail).join(' ') || json.detail); return json;
        }
        async function refresh() {
          const list = $('upcoming');
          try {
            const page = await call('GET', '/bookings/upcoming?limit=20'); list.replaceChildren();
            for (const one of page.data) {
              const cancel = document.createElement('button'); cancel.className = 'plain'; cancel.textContent = 'Cancel';
              cancel.onclick = async () => { try { await call('POST', `/bookings/${one.id}/cancel`); say('Cancelled.'); } catch (e) { say(e.message, true); } refresh(); };
              row(list, when(one.start_time), `${one.status} until ${when(one.end_time)}`, cancel);
            }
            if (!page.data.length) row(list, 'Nothing yet.', '');
          } catch (e) { list.replaceChildren(); row(list, 'Not shown: ', e.message); }
        }
        function listen() {
          if (socket) { socket.onclose = null; socket.close(); }
          socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/socket.io/?EIO=4&transport=websocket');
          socket.onmessage = ({ data }) => {
            if (data[0] === '0') socket.send('40' + JSON.stringify({ token, after }));
            else if (data === '2') socket.send('3');
            else if (data.startsWith('40')) $('state').textContent = 'signed in, live';
            else if (data.startsWith('44')) $('state').textContent = 'signed in, not live: ' + JSON.parse(data.slice(2)).message;
            else if (data.startsWith('42')) {
              const [name, event] = JSON.parse(data.slice(2)); if (name === 'resync') { after = null; return refresh(); } after = event.event.cursor;
              const item = row($('events'), name, `starts ${when(event.start_time)}, told ${new Date().toLocaleTimeString()}`);
              $('events').prepend(item); refresh();
            }
          };
          socket.onclose = () => { $('state').textContent = 'connection lost, trying again'; setTimeout(listen, 2000); };
        }
        $('sign').onsubmit = async event => {
          event.preventDefault();
          try {
            const answer = await fetch('/auth/token', { method: 'POST', headers: { 'Content-Type': 'application/json' },
              body: JSON.stringify({ sub: $('sub').value, roles: [$('role').value] }) });
            const json = await answer.json(); if (!answer.ok) throw new Error(json.detail);
            token = json.access_token; after = null; $('state').textContent = 'signed in'; say('Signed in.'); listen(); refresh();
          } catch (e) { say(e.message, true); }
        };
        $('book').onsubmit = async event => {
          event.preventDefault(); if (!token) return say('Sign in first.', true);
          const start = new Date(Date.now() + $('start').value * 60000 + 1000), end = new Date(start.getTime() + $('length').value * 60000);
          try {
            await call('POST', '/bookings', { provider_id: $('provider').value, service_id: $('service').value, start_time: start.toISOString(), end_time: end.toISOString() });
            say('Booked.'); refresh();
          } catch (e) { say(e.message, true); }
        };
        </script></body></html>
        """#
}
