// Markdown, as far as descriptions of an API use it: paragraphs, lists, code, strong, emphasis and links.

/** An element with a text and children. */
function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** Returns the nodes of a line. Nothing of the text is read as HTML. */
function inline(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, found.index));
    const [whole, code, strong, emphasis, name, target] = found;
    end = found.index + whole.length;
    if (code) nodes.push(element("code", code));
    else if (strong) nodes.push(element("strong", "", ...inline(strong)));
    else if (emphasis) nodes.push(element("em", "", ...inline(emphasis)));
    else nodes.push(link(name, target));
  }
  nodes.push(text.slice(end));
  return nodes.filter(Boolean);
}

/** Only addresses that no script can be in. */
function link(name, target) {
  const made = element("a", name);
  if (/^(https?:\/\/|\/|#)/.test(target)) made.href = target;
  return made;
}

/** Returns the elements of a text: its paragraphs, lists and blocks of code. */
function markdown(text) {
  const elements = [];
  for (const block of (text || "").split(/\n\s*\n/).filter(block => block.trim())) {
    const lines = block.split("\n"), fence = block.match(/^```\w*\n([\s\S]*?)\n?```\s*$/);
    if (fence) elements.push(element("pre", fence[1]));
    else if (lines.every(line => /^\s*[-*] /.test(line))) {
      elements.push(element("ul", "", ...lines.map(line => element("li", "", ...inline(line.replace(/^\s*[-*] /, ""))))));
    } else elements.push(element("p", "", ...inline(lines.join(" "))));
  }
  return elements;
}
