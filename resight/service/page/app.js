// The page: its views, its gallery, its look, and what goes on behind.
import { ask, state } from "./api.js";
import { askView } from "./ask.js";
import { el, problem, toast } from "./dom.js";
import { galleryView } from "./gallery.js";
import { healthView } from "./health.js";
import { settingsView } from "./settings.js";
import { unknownView } from "./unknown.js";
import { verifyView } from "./verify.js";
import { language, LANGUAGES, t } from "./words.js";

const VIEWS = { ask: askView, verify: verifyView, gallery: galleryView, unknown: unknownView, health: healthView, settings: settingsView };
const main = document.getElementById("main");
let left = () => {};
let waited = 0; // the newest calibration that was seen to run, of which it is told what it taught

function show() {
  const asked = location.hash.replace(/^#\/?/, ""), name = Object.hasOwn(VIEWS, asked) ? asked : "ask";
  left();
  const view = VIEWS[name]();
  left = view.leave ?? (() => {});
  main.replaceChildren(view.root);
  document.title = `${t(name)} · resight`;
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.hash === `#/${name}`) {
      link.setAttribute("aria-current", "page");
      link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.clientWidth / 2;
    }
    else link.removeAttribute("aria-current");
  }
}

function look(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function tools() {
  const themes = [["", "system"], ["light", "light"], ["dark", "dark"]];
  const theme = el("select", { "aria-label": t("theme"), onchange: () => { localStorage.setItem("theme", theme.value); look(theme.value); } },
    ...themes.map(([value, key]) => el("option", { value, selected: value === (localStorage.getItem("theme") ?? "") }, t(key))));
  const words = el("select", { "aria-label": t("language"), onchange: () => { localStorage.setItem("language", words.value); location.reload(); } },
    ...Object.entries(LANGUAGES).map(([value, name]) => el("option", { value, lang: value, selected: value === language }, name)));
  const parts = [theme, words];
  if (state.galleries.length > 1) {
    const which = el("select", { "aria-label": t("which"), onchange: () => { state.gallery = which.value; sessionStorage.setItem("gallery", which.value); show(); } },
      ...state.galleries.map((one) => el("option", { value: one.name, selected: one.name === state.gallery }, one.name)));
    parts.unshift(which);
  }
  document.getElementById("tools").replaceChildren(...parts);
}

/** Long work at the lower edge, looked at every few seconds while there is any. */
async function watch() {
  const place = document.getElementById("status");
  try {
    const jobs = (await ask("/v1/jobs")).filter((one) => one.gallery === state.gallery);
    const job = jobs.find((one) => one.state === "running" || one.state === "waiting");
    if (job) waited = job.id;
    const ended = jobs.find((one) => one.id === waited && ["done", "failed"].includes(one.state));
    if (ended) { toast(`${t("calibrated")}: ${ended.told}`); waited = 0; }
    place.replaceChildren(...(job ? [el("div", {}, el("span", {}, t("calibrating")),
      el("progress", job.total ? { max: job.total, value: job.done, "aria-label": t("calibrating") } : { "aria-label": t("calibrating") }),
      el("button", { type: "button", class: "tiny plain", onclick: () => ask(`/v1/jobs/${job.id}`, { method: "DELETE" }).catch((error) => toast(error.message)) }, t("stop")))] : []));
  } catch {
    place.replaceChildren();
  }
  setTimeout(watch, document.hidden ? 15000 : 3000);
}

async function start() {
  document.documentElement.lang = language;
  document.getElementById("skip").textContent = t("skip");
  document.getElementById("nav").setAttribute("aria-label", t("main"));
  document.getElementById("nav").append(...Object.keys(VIEWS).map((name) => el("a", { href: `#/${name}` }, t(name))));
  look(localStorage.getItem("theme") ?? "");
  tools();
  addEventListener("hashchange", show);
  try {
    state.galleries = (await ask("/v1/galleries")).galleries;
    const wished = sessionStorage.getItem("gallery");
    state.gallery = (state.galleries.find((one) => one.name === wished) ?? state.galleries[0]).name;
    tools();
  } catch (error) {
    if (!location.hash.endsWith("settings")) { main.replaceChildren(problem(error)); return; }
  }
  show();
  watch();
}

start();
