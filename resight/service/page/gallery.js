// The gallery: what is known, found and put in order.
import { ask, light, shown } from "./api.js";
import { credit } from "./compare.js";
import { busy, chooser, el, problem, toast } from "./dom.js";
import { mapOf } from "./map.js";
import { count, remark, t } from "./words.js";

const PAGE = 60;

export function galleryView() {
  const root = el("div", { class: "answer" });
  list(root);
  return { root };
}

async function changed(promise, root, after) {
  try {
    const done = await promise;
    if (!done) return;
    const changes = done.changes ?? [done.change].filter(Boolean);
    toast(done.remark || t("done"), changes.length ? t("undo") : null, async () => {
      for (const one of changes) await ask(`/v1/changes/${one}/undo`, { method: "POST" });
      toast(t("undone"));
      list(root);
    });
    await after(done);
    for (const [file, error] of done.failed ?? []) root.prepend(problem({ ...error, what: `${file.name}: ${error.what}` }));
  } catch (error) {
    root.prepend(problem(error));
  }
}

function list(root, { search = "", sort = "name" } = {}) {
  const grid = el("ul", { class: "grid" });
  const more = el("button", { type: "button", onclick: () => load() }, t("more"));
  const wanted = { search, sort };
  let offset = 0, timer = 0;

  async function load(anew = false) {
    if (anew) offset = 0;
    try {
      const told = await ask("/v1/instances", { query: { ...wanted, limit: PAGE, offset } });
      if (anew) grid.replaceChildren();
      grid.append(...told.instances.map((one) => el("li", {}, thing(one))));
      offset += told.instances.length;
      more.hidden = offset >= told.total;
      empty.hidden = told.total > 0;
    } catch (error) {
      grid.replaceChildren(problem(error));
    }
  }
  const thing = (one) => el("button", { type: "button", class: "thing", onclick: () => single(root, one.id) },
    shown(one.cover, ""), el("span", {}, one.name),
    el("span", { class: "small soft" }, count("photos", one.photos)),
    one.trouble >= 1 ? el("span", { class: "pill warm" }, remark(one.remarks[0])) : null);
  const empty = el("p", { class: "empty", hidden: true }, t("nothings"));
  const box = el("input", { type: "search", value: search, "aria-label": t("search"), placeholder: t("search"), oninput: () => {
    clearTimeout(timer);
    timer = setTimeout(() => { wanted.search = box.value; load(true); }, 200);
  } });
  const order = el("select", { "aria-label": t("sort"), onchange: () => { wanted.sort = order.value; load(true); } },
    ...[["name", "byname"], ["trouble", "bytrouble"], ["photos", "byphotos"]].map(([value, key]) => el("option", { value, selected: value === sort }, t(key))));
  root.replaceChildren(
    el("h1", {}, t("gallery")),
    el("section", { class: "card" }, el("div", { class: "row" }, el("div", { class: "grow" }, box), order,
      el("button", { type: "button", onclick: () => drawMap(root) }, t("map")), newThing(root)), grid, empty, more),
    history(root));
  return load(true);
}

async function drawMap(root) {
  root.replaceChildren(busy(t("wait")));
  const back = el("div", { class: "row" }, el("button", { type: "button", onclick: () => list(root) }, `← ${t("close")}`));
  try {
    const told = await ask("/v1/map");
    root.replaceChildren(back, el("section", { class: "card" }, el("h1", {}, t("map")), el("p", { class: "soft" }, t("mapLong")),
      mapOf(told.things, (id) => single(root, id))));
  } catch (error) {
    root.replaceChildren(back, problem(error));
  }
}

function newThing(root) {
  return chooser(t("newthing"), { multiple: true }, async (files) => {
    const name = el("input", { type: "text", maxlength: 200, required: true });
    const form = el("form", { class: "card", onsubmit: (event) => {
      event.preventDefault();
      changed(send("/v1/instances", files, { name: name.value.trim() }), root, (done) => (done.instance_id ? single(root, done.instance_id) : list(root)));
    } }, el("label", { class: "field" }, t("name"), name), el("div", { class: "row" }, el("button", { class: "main" }, t("save")), el("span", { class: "soft" }, count("photos", files.length))));
    root.prepend(form);
    name.focus();
  });
}

/** Photos sent one by one, with a bar and a button that stops: what was sent by then is known. */
async function send(path, files, query = {}) {
  const bar = el("progress", { max: files.length, value: 0, "aria-label": t("adding") });
  let stopped = false, last = null;
  const note = el("div", { class: "toast" }, el("span", {}, t("adding")), bar,
    el("button", { type: "button", onclick: () => { stopped = true; } }, t("stop")));
  if (files.length > 1) document.getElementById("toasts").append(note);
  const changes = [], failed = [];
  try {
    for (const file of files) {
      if (stopped) break;
      try {
        last = await ask(path, { method: "POST", body: await light(file), query });
        if (last.change) changes.unshift(last.change);
      } catch (error) {
        failed.push([file, error]);
      }
      bar.value += 1;
    }
  } finally {
    note.remove();
  }
  if (!last && failed.length) throw failed[0][1];
  return { ...last, changes, failed };
}

async function single(root, id) {
  root.replaceChildren(busy(t("wait")));
  try {
    const told = await ask(`/v1/instances/${id}`);
    draw(root, told);
  } catch (error) {
    root.replaceChildren(problem(error));
  }
}

function draw(root, told) {
  const address = `/v1/instances/${told.id}`;
  const name = el("input", { type: "text", value: told.name, maxlength: 200, "aria-label": t("name") });
  async function rename(event) {
    event.preventDefault();
    const wanted = name.value.trim();
    if (wanted === told.name) return;
    const put = (merge) => ask(address, { method: "PATCH", json: { name: wanted, merge } });
    const job = put(false).catch((error) => {
      if (error.status === 409 && confirm(t("merge"))) return put(true);
      throw error;
    });
    changed(job, root, (done) => single(root, done.instance_id));
  }
  root.replaceChildren(
    el("div", { class: "row" }, el("button", { type: "button", onclick: () => list(root) }, `← ${t("close")}`)),
    el("section", { class: "card" },
      el("h1", {}, told.name),
      told.remarks.length ? el("div", { class: "row" }, ...told.remarks.map((one) => el("span", { class: "pill warm" }, remark(one)))) : null,
      el("form", { class: "row", onsubmit: rename }, el("div", { class: "grow" }, name), el("button", {}, t("rename"))),
      el("ul", { class: "shots" }, ...told.items.map((one) => el("li", {}, shown(one.photo, told.name), el("span", { class: "soft small" }, ...credit(one.about)),
        el("button", { type: "button", class: "tiny", onclick: () => changed(ask(`/v1/photos/${one.id}`, { method: "DELETE" }), root, () => (told.items.length > 1 ? single(root, told.id) : list(root))) }, t("remove"))))),
      el("div", { class: "row apart" },
        chooser(t("add"), { multiple: true, main: true }, (files) => changed(send(`${address}/photos`, files), root, () => single(root, told.id))),
        el("button", { type: "button", class: "plain bad", onclick: () => changed(ask(address, { method: "DELETE" }), root, () => list(root)) }, t("removething")))));
  document.getElementById("main").focus({ preventScroll: true });
}

function history(root) {
  const log = el("ul", { class: "log" });
  ask("/v1/changes", { query: { limit: 12 } }).then((entries) => {
    const rows = entries.filter((one) => `${one.action}` in { add: 1, remove: 1, rename: 1, merge: 1, move: 1, correct: 1, undo: 1 });
    log.replaceChildren(...rows.map((one) => el("li", {},
      el("span", { class: "small" }, `${one.instance ?? one.undid ?? ""} ${t(`${one.action}_`)} · `, el("span", { class: "soft" }, new Date(one.time).toLocaleString())),
      one.action === "undo" || one.undone ? el("span", { class: "soft small" }, one.undone ? t("undone") : "") : el("button", { type: "button", class: "tiny", onclick: async () => {
        try { await ask(`/v1/changes/${one.id}/undo`, { method: "POST" }); toast(t("undone")); list(root); } catch (error) { root.prepend(problem(error)); }
      } }, t("undo")))));
    if (!rows.length) log.replaceChildren(el("li", { class: "soft small" }, t("nochanges")));
  }).catch(() => {});
  return el("section", { class: "card" }, el("h2", {}, t("changes")), log);
}
