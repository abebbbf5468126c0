import Bookings
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The description of the service, for programs and for people.
enum DocumentController {
    @Sendable static func json(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        jsonResponse(OpenAPIDocument.json, cacheControl: "no-cache")
    }

    @Sendable static func page(_ exchange: RequestContext, _ caller: Principal?) async throws -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache",
                .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                    + "connect-src 'self'; frame-ancestors 'none'",
            ],
            body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    /// Draws what `/openapi.json` says. It loads nothing from elsewhere.
    static let html = #"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Bookings: reference</title>
        <style>
        :root { --ink:#1c2433; --soft:#667085; --line:#e4e7ec; --tint:#f6f7fb; --accent:#3b5bdb }
        * { box-sizing:border-box } body { margin:0 auto; max-width:980px; padding:1.5rem; font:15px/1.55 system-ui,sans-serif; color:var(--ink); background:var(--tint) }
        h1 { font-size:1.4rem } h2 { font-size:1.05rem; margin:2rem 0 .6rem } a { color:var(--accent) }
        details { background:#fff; border:1px solid var(--line); border-radius:8px; margin:.4rem 0; padding:.55rem .8rem }
        summary { cursor:pointer } summary b { display:inline-block; width:3.6rem; color:var(--accent); font-size:.8rem }
        code { font:13px ui-monospace,monospace } summary span { color:var(--soft); margin-left:.6rem }
        table { border-collapse:collapse; width:100%; margin:.5rem 0; font-size:.9rem } td,th { text-align:left; vertical-align:top; padding:.25rem .6rem .25rem 0; border-top:1px solid var(--line) }
        th { color:var(--soft); font-weight:500 } pre { background:var(--tint); border-radius:6px; padding:.6rem; overflow:auto; font-size:12.5px }
        </style></head><body><h1>Bookings</h1><p id="about"></p><p><a href="/openapi.json">openapi.json</a></p><div id="body">Loading…</div>
        <script>
        "use strict";
        const element = (name, text, ...children) => { const e = document.createElement(name); if (text) e.textContent = text; e.append(...children); return e };
        const row = (kind, cells) => element("tr", "", ...cells.map(cell => typeof cell === "string" ? element(kind, cell) : element(kind, "", cell)));
        const table = (heads, rows) => rows.length ? element("table", "", row("th", heads), ...rows.map(cells => row("td", cells))) : "";
        fetch("/openapi.json").then(answer => answer.json()).then(api => {
          const find = value => value && value.$ref ? value.$ref.slice(2).split("/").reduce((at, key) => at[key], api) : value;
          const kind = schema => { if (!schema) return ""; if (schema.$ref) return schema.$ref.split("/").pop();
            if (schema.oneOf || schema.allOf) return (schema.oneOf || schema.allOf).map(kind).join(" or "); if (schema.enum) return schema.enum.join(" | ");
            return schema.type === "array" ? "[" + kind(schema.items) + "]" : String(schema.type || "") };
          document.getElementById("about").textContent = api.info.description;
          const body = document.getElementById("body"); body.textContent = "";
          for (const tag of api.tags) {
            body.append(element("h2", tag.name));
            for (const [path, methods] of Object.entries(api.paths)) for (const [method, operation] of Object.entries(methods)) {
              if (!operation.tags.includes(tag.name)) continue;
              const content = operation.requestBody && operation.requestBody.content["application/json"].schema;
              body.append(element("details", "", element("summary", "", element("b", method.toUpperCase()), element("code", path), element("span", operation.summary)),
                table(["parameter", "in", "type", ""], operation.parameters.map(find).map(p => [element("code", p.name), p.in, kind(p.schema), p.description || ""])),
                content ? element("p", "Body: " + kind(content)) : "",
                table(["status", "", "headers"], Object.entries(operation.responses).sort().map(([status, answer]) => { answer = find(answer);
                  return [status, answer.description + (answer.content ? " (" + Object.values(answer.content).map(c => kind(c.schema)).join(", ") + ")" : ""), Object.keys(answer.headers || {}).join(", ")] }))));
            }
          }
          body.append(element("h2", "Schemas"));
          for (const [name, schema] of Object.entries(api.components.schemas))
            body.append(element("details", "", element("summary", "", element("code", name)), element("pre", JSON.stringify(schema, null, 2))));
        });
        </script></body></html>
        """#
}
