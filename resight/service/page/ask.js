// Asking: a photo in, an answer out, why, and what it really is.
import { ask, light, shown, state } from "./api.js";
import { comparison } from "./compare.js";
import { busy, chooser, el, problem, svg, toast } from "./dom.js";
import { count, inWords, percent, t } from "./words.js";

let last = null; // the photo that was asked about, which stays when one looks elsewhere

export function askView() {
  const result = el("div", { class: "answer", "aria-live": "polite" });
  const drop = el("section", { class: "drop" },
    art(), el("h1", {}, t("title")), el("p", { class: "lead" }, t("lead"), " ", t(keeps() ? "kept" : "notkept")),
    el("div", { class: "row" }, chooser(t("choose"), { main: true }, ([file]) => take(file)), chooser(t("camera"), { capture: true }, ([file]) => take(file))));
  const root = el("div", { class: "answer" }, drop, result);

  for (const kind of ["dragover", "dragenter"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); const [file] = event.dataTransfer.files; if (file) take(file); });
  const paste = (event) => { const file = [...event.clipboardData.files][0]; if (file && root.isConnected) take(file); };
  document.addEventListener("paste", paste);

  async function take(file) {
    last = await light(file);
    await recognise(result, drop);
  }

  if (last) recognise(result, drop);
  return { root, leave: () => document.removeEventListener("paste", paste) };
}

/** Whether photos that get no name are kept by the gallery that is asked. */
const keeps = () => state.galleries.some((one) => one.name === state.gallery && one.keeps);

function art() {
  const made = svg("svg", { viewBox: "0 0 64 64", class: "art", "aria-hidden": "true" });
  made.append(
    svg("rect", { x: 6, y: 12, width: 38, height: 38, rx: 8, fill: "none", stroke: "currentColor", "stroke-width": 3, opacity: 0.35 }),
    svg("path", { d: "m9 42 10-11 8 8 6-6 9 10", fill: "none", stroke: "currentColor", "stroke-width": 3, opacity: 0.35, "stroke-linejoin": "round" }),
    svg("circle", { cx: 42, cy: 38, r: 12, fill: "none", stroke: "#0f9a8c", "stroke-width": 4 }),
    svg("path", { d: "m51 47 8 8", stroke: "#0f9a8c", "stroke-width": 5, "stroke-linecap": "round" }), svg("circle", { cx: 42, cy: 38, r: 4, fill: "#fbbf24" }));
  return made;
}

async function recognise(result, drop) {
  const photo = last;
  drop.classList.add("less");
  drop.querySelector("h1")?.remove();
  result.replaceChildren(busy(t("working")));
  try {
    const told = await ask("/v1/recognise", { method: "POST", body: photo, query: { upright: true, false_accept_rate: state.rate } });
    if (photo === last) result.replaceChildren(...answer(told, photo, result, drop));
  } catch (error) {
    result.replaceChildren(problem(error));
  }
}

function verdict(told) {
  if (told.instance) return told.instance;
  if (told.either.length) return told.either.join(` ${t("or")} `);
  return told.unknown_probability > told.probability || !told.matches.length ? t("none") : t("unsure");
}

function sureness(told) {
  const sure = (p) => el("p", { class: "sure" }, el("b", {}, inWords(p)), el("span", { class: "figure" }, percent(p)));
  if (told.corrected) return el("p", {}, el("span", { class: "pill good" }, t("said")));
  if (told.instance) return sure(told.probability);
  if (told.either.length) return el("p", { class: "soft" }, t("alike"));
  const nearest = told.matches[0];
  if (verdict(told) === t("none")) return sure(told.unknown_probability);
  return el("p", { class: "sure" }, el("b", {}, t("perhaps", { name: nearest.instance })), el("span", { class: "figure" }, percent(nearest.probability)));
}

function answer(told, photo, result, drop) {
  const upright = `data:image/jpeg;base64,${told.photo.jpeg}`;
  const why = el("div", {});
  let shownWhy = null;
  const explain = (match, method = null) => {
    shownWhy?.stop();
    shownWhy = comparison({ photo, upright, size: told.photo, reference: String(match.id), name: match.instance, method });
    why.replaceChildren(shownWhy.root);
  };
  const second = told.matches.find((match) => match.instance !== told.matches[0]?.instance);
  const form = correction(told, photo, result, drop);
  form.hidden = true;
  const card = el("section", { class: "card" },
    el("div", { class: "two-columns" },
      el("div", { class: "verdict" },
        el("h1", { class: "name" }, verdict(told)), sureness(told),
        told.instance && !told.corrected ? el("p", { class: "soft small" }, second && second.probability > 0.0005 ? t("runner", { name: second.instance, p: percent(second.probability) }) : t("only")) : null,
        el("div", { class: "row" },
          el("button", { type: "button", class: told.instance ? "" : "main", onclick: (event) => open(event.currentTarget) }, t("wrong")),
          el("button", { type: "button", class: "plain", onclick: () => find(photo, result) }, t("several"))),
        form),
      el("img", { src: upright, alt: t("yours"), class: "asked" })));
  const open = (button) => { form.hidden = !form.hidden; button.setAttribute("aria-expanded", String(!form.hidden)); if (!form.hidden) form.querySelector("input").focus(); };
  card.append(candidates(told, explain));
  if (told.matches.length) explain(told.matches[0], told.either.length ? "difference" : null);
  return [card, why];
}

function candidates(told, explain) {
  const list = el("ul", { class: "bars" });
  const near = told.matches.filter((match, i) => i === 0 || match.probability >= 0.001);
  const rows = [...near.map((match) => ({ match, name: match.instance, p: match.probability })), { name: t("none"), p: told.unknown_probability }];
  rows.sort((a, b) => b.p - a.p);
  const bar = (row) => {
    const fill = el("i", { class: row.match ? "" : "dim" });
    fill.style.width = `${100 * row.p}%`;
    return el("span", { class: "bar" }, fill);
  };
  for (const row of rows) {
    const picture = row.match ? shown(row.match.photo, "") : el("span", { class: "none", "aria-hidden": "true" }, "∅");
    const parts = [picture, el("span", {}, row.name, bar(row)), el("span", { class: "figure" }, percent(row.p))];
    if (!row.match) {
      list.append(el("li", { class: "line" }, ...parts));
      continue;
    }
    const button = el("button", { type: "button", "aria-pressed": String(row.match === told.matches[0]), onclick: () => {
      list.querySelectorAll("[aria-pressed]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
      explain(row.match);
    } }, ...parts);
    list.append(el("li", {}, button));
  }
  return el("div", {}, el("h2", { class: "hidden" }, t("candidates")), list);
}

function correction(told, photo, result, drop) {
  const list = el("datalist", { id: "things" });
  const known = new Set();
  ask("/v1/instances", { query: { limit: 1000 } }).then((found) => {
    found.instances.forEach((one) => { known.add(one.name); list.append(el("option", { value: one.name })); });
  }).catch(() => {});
  const note = el("p", { class: "soft small" }, t("isexample"));
  const also = el("input", { type: "checkbox" });
  const name = el("input", { type: "text", list: "things", maxlength: 200, autocomplete: "off", required: true, oninput: () => {
    const isNew = name.value.trim() !== "" && !known.has(name.value.trim());
    note.textContent = isNew ? t("isnew") : t("isexample");
    learn.hidden = isNew;
  } });
  const learn = el("label", { class: "check" }, also, el("span", {}, t("learnphoto")));
  const wrongName = told.instance ?? told.either[0] ?? null;

  async function save(instance) {
    try {
      const done = await ask("/v1/corrections", { method: "POST", body: photo, query: {
        instance, instead_of: wrongName === instance ? null : wrongName, learn: also.checked && instance ? "photo" : "example" } });
      toast(t("corrected", { name: instance ?? t("notany") }), t("undo"), async () => {
        await ask(`/v1/changes/${done.change}/undo`, { method: "POST" });
        toast(t("undone"));
        recognise(result, drop);
      });
      recognise(result, drop);
    } catch (error) {
      form.append(problem(error));
    }
  }

  const form = el("form", { class: "card", onsubmit: (event) => { event.preventDefault(); save(name.value.trim()); } },
    el("label", { class: "field" }, t("what"), name), list, learn, note,
    el("div", { class: "row" }, el("button", { class: "main" }, t("save")),
      el("button", { type: "button", onclick: () => save(null) }, t("notany")),
      el("button", { type: "button", class: "plain", onclick: () => { form.hidden = true; } }, t("cancel"))));
  return form;
}

async function find(photo, result) {
  const place = el("section", { class: "card" }, busy(t("wait")));
  result.prepend(place);
  place.scrollIntoView({ block: "nearest" });
  try {
    const told = await ask("/v1/find", { method: "POST", body: photo, query: { upright: true, false_accept_rate: state.rate } });
    const [width, height] = told.size;
    const layer = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    const list = el("ul", { class: "bars" });
    told.found.forEach((one) => {
      const outline = svg("polygon", { points: one.outline.map((point) => point.join(",")).join(" ") });
      layer.append(outline);
      const light = (on) => outline.classList.toggle("on", on);
      list.append(el("li", {}, el("button", { type: "button", onmouseenter: () => light(true), onmouseleave: () => light(false), onfocus: () => light(true), onblur: () => light(false) },
        shown(one.photo, ""), el("span", {}, one.instance ?? one.either.join(` ${t("or")} `)), el("span", { class: "figure" }, percent(one.probability)))));
    });
    const words = told.found.length ? count("found", told.found.length) : t("found0");
    const picture = el("div", { class: "found" }, el("img", { src: `data:image/jpeg;base64,${told.photo.jpeg}`, alt: t("yours") }), layer);
    picture.style.maxWidth = `${Math.round((70 * width) / height)}vh`;
    place.replaceChildren(el("h2", {}, words), picture, list);
  } catch (error) {
    place.replaceChildren(problem(error));
  }
}
