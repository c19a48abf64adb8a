// The health of a gallery: how often it is right, what is easily confused, and which photos are worth taking.
import { ask, shown } from "./api.js";
import { knownPair } from "./compare.js";
import { busy, el, problem } from "./dom.js";
import { count, percent, share, t } from "./words.js";

export function healthView() {
  const root = el("div", { class: "answer" }, busy(t("wait")));
  ask("/v1/doctor").then((told) => root.replaceChildren(...drawn(told))).catch((error) => root.replaceChildren(problem(error)));
  return { root };
}

const number = (value, words) => el("div", { class: "number" }, el("b", {}, value), el("span", { class: "soft small" }, words));

function drawn(told) {
  const right = told.accuracy;
  const parts = [el("h1", {}, t("health")), el("section", { class: "card" },
    el("div", { class: "numbers" }, number(told.instances, t("things")), number(told.photos, t("photos")),
      right ? number(percent(right.value), t("accuracy")) : null, number(told.wanted, t("worth"))),
    right ? el("p", { class: "soft small" }, t("interval", { low: percent(right.low), high: percent(right.high), n: right.n })) : null,
    told.lesson ? el("p", { class: "soft small" }, t("lesson", { told: told.lesson })) : null)];
  if (told.confusable.length) parts.push(twins(t("pairs"), told.confusable, t("different")));
  if (told.near_duplicates.length) parts.push(twins(t("prints"), told.near_duplicates));
  if (told.harmful.length) {
    parts.push(el("section", { class: "card" }, el("h2", {}, t("hurt")), el("ul", { class: "shots" },
      ...told.harmful.map((one) => el("li", {}, shown(one.photo, one.instance), el("span", {}, one.instance), el("span", { class: "small soft" }, one.questions ? count("taken", one.questions) : t("empty")))))));
  }
  if (told.advice.length) {
    parts.push(el("section", { class: "card" }, el("h2", {}, t("few")), el("ul", { class: "log" }, ...told.advice.map((one) => el("li", {}, el("span", {}, one.instance), el("span", { class: "small soft" }, t("weak", { photos: count("photos", one.known), mean: share(one.sureness), wanted: one.photos })))))));
  }
  if (parts.length === 2) parts.push(el("p", { class: "card empty" }, t("fine")));
  return parts;
}

function twins(title, pairs, words) {
  return el("section", { class: "card" }, el("h2", {}, title), words ? el("p", { class: "soft small" }, words) : null,
    el("div", { class: "twins" }, ...pairs.map(twin)));
}

/** Two known photos, and at a click why they are taken for each other: both maps side by side. */
function twin(pair) {
  const both = el("div", { class: "two" }, ...pair.photos.map((photo, i) => shown(photo, pair.instances[i])));
  const why = el("button", { type: "button", class: "tiny", onclick: async () => {
    box.classList.add("wide");
    names.remove();
    both.replaceChildren(busy(t("wait")));
    try {
      both.replaceWith((await knownPair(pair.photos, pair.instances)).root);
    } catch (error) {
      both.replaceWith(problem(error));
    }
  } }, t("compare"));
  const names = el("div", { class: "row apart" }, el("p", {}, pair.instances.join(" · ")), why);
  const box = el("div", { class: "card" }, both, names);
  return box;
}
