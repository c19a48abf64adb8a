// Elements without markup: every text is text.

/** An element with attributes, listeners (`onclick`), and children: elements, texts, or nothing. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** The same of SVG. */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.flat());
  return made;
}

/** A note at the lower edge, with something to do about it. */
export function toast(text, action, run) {
  const note = el("div", { class: "toast" }, el("span", {}, text));
  if (action) note.append(el("button", { type: "button", onclick: () => { note.remove(); run(); } }, action));
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), action ? 12000 : 5000);
}

export function busy(text) {
  return el("div", { class: "card busy", role: "status" }, el("div", { class: "spin" }), el("p", {}, text));
}

/** What went wrong, as the service tells it. */
export function problem(error) {
  const parts = [error.found && `found: ${error.found}`, error.wanted && `wanted: ${error.wanted}`].filter(Boolean);
  return el("section", { class: "card problem", role: "alert" },
    el("h2", {}, error.what ?? error.message), ...parts.map((part) => el("p", { class: "soft" }, part)),
    error.remedy ? el("p", {}, error.remedy) : null);
}

/** A button that chooses files; `chosen` gets them. */
export function chooser(label, { multiple = false, capture = false, main = false } = {}, chosen) {
  const input = el("input", {
    type: "file", accept: "image/*,.heic,.heif,.avif,.tif,.tiff", multiple, capture: capture ? "environment" : undefined,
    "aria-label": label, onchange: () => { if (input.files.length) chosen([...input.files]); input.value = ""; },
  });
  return el("label", {}, input, el("span", { class: main ? "button main" : "button" }, label));
}
