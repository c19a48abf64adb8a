// Photos that got no name: grouped by what they show, and made known by one click.
import { ask, shown, state } from "./api.js";
import { busy, el, problem, toast } from "./dom.js";
import { count, t } from "./words.js";

export function unknownView() {
  const root = el("div", { class: "answer" }, busy(t("wait")));
  load(root);
  return { root };
}

async function load(root) {
  try {
    const told = await ask("/v1/unknown");
    root.replaceChildren(el("h1", {}, t("unknown")), keeping(root, told.keeping),
      ...(told.groups.length ? told.groups.map((group) => card(root, group)) : [el("p", { class: "card empty" }, t("nounknown"))]));
  } catch (error) {
    root.replaceChildren(problem(error));
  }
}

function keeping(root, now) {
  const keep = el("input", { type: "checkbox", checked: now.keep });
  const limit = el("input", { type: "number", min: 1, max: 1000, value: now.limit });
  const days = el("input", { type: "number", min: 1, max: 3650, value: now.days });
  const save = async (event) => {
    event?.preventDefault();
    try {
      await ask("/v1/unknown", { method: "PUT", json: { keep: keep.checked, limit: Number(limit.value), days: Number(days.value) } });
      state.galleries.filter((one) => one.name === state.gallery).forEach((one) => { one.keeps = keep.checked; });
      toast(t("done"));
      load(root);
    } catch (error) {
      root.prepend(problem(error));
    }
  };
  keep.addEventListener("change", () => save());
  return el("form", { class: "card", onsubmit: save },
    el("label", { class: "check" }, keep, el("span", {}, el("b", {}, t("keep")), el("br"), el("span", { class: "soft small" }, t("keepLong")))),
    now.keep ? el("div", { class: "row" }, el("label", { class: "field" }, t("limit"), limit), el("label", { class: "field" }, t("days"), days), el("button", {}, t("save"))) : null);
}

function card(root, group) {
  const name = el("input", { type: "text", maxlength: 200, required: true, "aria-label": t("what"), placeholder: t("what") });
  const act = async (promise) => {
    try { await promise; toast(t("done")); load(root); } catch (error) { root.prepend(problem(error)); }
  };
  return el("section", { class: "card" },
    el("h2", {}, count("seen", group.photos.length)),
    el("ul", { class: "shots" }, ...group.photos.map((one) => el("li", {}, shown(`/v1/unknown/${one.id}/image`, "")))),
    el("form", { class: "row", onsubmit: (event) => { event.preventDefault(); act(ask(`/v1/unknown/${group.id}/known`, { method: "POST", query: { name: name.value.trim() } })); } },
      el("div", { class: "grow" }, name), el("button", { class: "main" }, t("makeknown")),
      el("button", { type: "button", class: "plain bad", onclick: () => act(ask(`/v1/unknown/${group.id}`, { method: "DELETE" })) }, t("delete"))));
}
