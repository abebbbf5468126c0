// The reference: /openapi.json as tables, and a form that tries each route.

const $ = id => document.getElementById(id);
const row = (kind, cells) => element("tr", "", ...cells.map(cell => typeof cell === "string" ? element(kind, cell) : element(kind, "", ...[cell].flat())));
const table = (heads, rows) => rows.length
  ? [Object.assign(element("div", "", element("table", "", row("th", heads), ...rows.map(cells => row("td", cells)))), { className: "scroll" })] : [];
let api = null;
const find = value => value?.$ref ? value.$ref.slice(2).split("/").reduce((at, key) => at[key], api) : value;

/** Names a schema in a few words. */
function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const several = schema.oneOf || schema.anyOf || schema.allOf;
  if (several) return several.map(kind).join(" or ");
  if (schema.enum) return schema.enum.join(" | ");
  return schema.type === "array" ? `[${kind(schema.items)}]` : [schema.type || ""].flat().join(" or ");
}

/** Makes a value that a schema allows, as a start for the user's own. */
function example(schema, depth = 0) {
  schema = find(schema) || {};
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.enum) return schema.enum[0];
  const part = schema.oneOf || schema.anyOf || schema.allOf;
  if (part) return example(part[0], depth);
  const type = [schema.type].flat()[0];
  if (type === "object" && depth < 4) {
    const names = Object.keys(schema.properties || {}).filter(name => (schema.required || []).includes(name));
    return Object.fromEntries(names.map(name => [name, named(name) ?? example(schema.properties[name], depth + 1)]));
  }
  if (type === "array") return [];
  return { integer: schema.minimum ?? 1, number: schema.minimum ?? 1, boolean: false, string: "", null: null }[type] ?? "";
}

/** Values that a booking accepts: tomorrow, of the provider of the examples. */
function named(name) {
  const tomorrow = hours => new Date(Math.ceil(Date.now() / 3600000) * 3600000 + hours * 3600000).toISOString();
  return {
    provider_id: $("subject").value, service_id: "22222222-2222-4222-8222-222222222222",
    start_time: tomorrow(24), end_time: tomorrow(25), sub: $("subject").value, roles: [$("role").value],
  }[name];
}

function describe(path, method, operation) {
  const content = find(operation.requestBody)?.content["application/json"]?.schema;
  const parameters = (operation.parameters || []).map(find);
  const answers = Object.entries(operation.responses).sort().map(([status, answer]) => {
    answer = find(answer);
    const kinds = Object.values(answer.content || {}).map(one => kind(one.schema)).join(", ");
    return [status, [...markdown(answer.description), kinds], Object.keys(answer.headers || {}).join(", ")];
  });
  const details = element("details", "",
    element("summary", "", element("b", method.toUpperCase()), element("code", path), element("span", operation.summary)),
    ...markdown(operation.description),
    ...table(["parameter", "in", "type", ""], parameters.map(one => [element("code", one.name), one.in, kind(one.schema), markdown(one.description)])),
    ...(content ? [element("p", `Body: ${kind(content)}`)] : []),
    ...table(["status", "", "headers"], answers));
  // The forms are made when they are needed: there are many.
  details.addEventListener("toggle", () => details.append(tryForm(path, method, parameters, content)), { once: true });
  return details;
}

function tryForm(path, method, parameters, content) {
  const inputs = parameters.map(one => {
    const input = element("input");
    input.required = one.in === "path";
    return { ...one, input, label: element("label", `${one.name} (${one.in})`, input) };
  });
  const body = element("textarea"), result = element("div"), button = element("button", "Send");
  body.value = content ? JSON.stringify(example(content), null, 2) : "";
  body.rows = body.value.split("\n").length;
  const bodyLabel = Object.assign(element("label", "Body", body), { className: "wide", hidden: !content });
  Object.assign(result, { className: "result" }).setAttribute("role", "status");
  const form = element("form", "", ...inputs.map(one => one.label), bodyLabel, button, result);
  form.onsubmit = event => {
    event.preventDefault();
    send(path, method, inputs, content && body.value).then(shown => result.replaceChildren(...shown));
  };
  return element("fieldset", "", element("legend", "Try it"), form);
}

/** Sends the request of a form; returns what shows its response. */
async function send(path, method, inputs, body) {
  const query = new URLSearchParams(), headers = {};
  let address = path;
  for (const { name, in: place, input: { value } } of inputs) {
    if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(value));
    else if (!value) continue;
    else if (place === "query") query.append(name, value);
    else if (place === "header") headers[name] = value;
  }
  if ($("token").value) headers.Authorization = `Bearer ${$("token").value}`;
  if (body) headers["Content-Type"] = "application/json";
  if (query.size) address += `?${query}`;
  try {
    const response = await fetch(address, { method: method.toUpperCase(), headers, body: body || undefined });
    const status = element("b", `${response.status} ${response.statusText}`), text = await firstText(response);
    status.toggleAttribute("data-bad", !response.ok);
    const fields = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    return [element("code", `${method.toUpperCase()} ${address} `), status, element("pre", fields), element("pre", text)];
  } catch (error) {
    return [Object.assign(element("b", error.message))];
  }
}

/** Returns the body; of one without an end, as event streams are, what arrives in five seconds. */
async function firstText(response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const timeout = setTimeout(() => reader?.cancel(), 5000);
  for (let part = await reader?.read(); part && !part.done; part = await reader.read()) text += part.value;
  clearTimeout(timeout);
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

$("token-form").onsubmit = async event => {
  event.preventDefault();
  const body = JSON.stringify({ sub: $("subject").value, roles: [$("role").value] });
  const response = await fetch("/auth/token", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  const json = await response.json();
  if (response.ok) $("token").value = json.access_token;
  $("issued").textContent = response.ok ? "Issued." : response.status === 404 ? "This service issues no tokens." : json.detail;
};

api = await (await fetch("/openapi.json")).json();
$("about").replaceChildren(...markdown(api.info.description).flatMap(one => [...one.childNodes, " "]));
const sections = api.tags.flatMap(tag => [element("h2", tag.name), ...Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).filter(([, one]) => one.tags?.includes(tag.name)).map(([method, one]) => describe(path, method, one)))]);
const schemas = Object.entries(api.components.schemas).map(([name, schema]) =>
  element("details", "", element("summary", "", element("code", name)), ...markdown(schema.description), element("pre", JSON.stringify(schema, null, 2))));
$("body").replaceChildren(...sections, element("h2", "Schemas"), ...schemas);
