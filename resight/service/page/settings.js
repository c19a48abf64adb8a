// Settings: what a name costs, the key, the look.
import { ask, hasKey, state, useKey } from "./api.js";
import { busy, el, problem, svg, toast } from "./dom.js";
import { percent, t } from "./words.js";

export function settingsView() {
  const rates = el("section", { class: "card" }, busy(t("wait")));
  const key = el("input", { type: "password", autocomplete: "off", placeholder: "resight_…" });
  const root = el("div", { class: "answer" }, el("h1", {}, t("settings")), rates,
    el("form", { class: "card", onsubmit: (event) => { event.preventDefault(); useKey(key.value.trim()); toast(`${t("use")} ✓`); location.reload(); } },
      el("label", { class: "field" }, t("key"), key), el("p", { class: "soft small" }, t("keyLong")), el("div", { class: "row" }, el("button", {}, t("use")), hasKey() ? el("button", { type: "button", class: "plain bad", onclick: () => { useKey(""); location.reload(); } }, t("remove")) : null)));
  ask("/v1/curve").then((told) => rates.replaceChildren(...chosen(told.points))).catch((error) => rates.replaceChildren(problem(error)));
  return { root };
}

function chosen(points) {
  const at = (rate) => points.reduce((best, one, i) => (Math.abs(one.false_accept_rate - rate) < Math.abs(points[best].false_accept_rate - rate) ? i : best), 0);
  const auto = el("input", { type: "checkbox", checked: state.rate === null });
  const slider = el("input", { type: "range", min: 0, max: points.length - 1, value: at(state.rate ?? 0.05), "aria-label": t("far") });
  const words = el("p", {});
  const mark = svg("circle", { r: 6 });
  const W = Math.min(640, innerWidth - 60), H = 250, L = 52, B = 46;
  const x = (rate) => L + (W - L - 24) * Math.sqrt(rate), y = (share) => 26 + (H - B - 26) * (1 - share);
  const curve = svg("svg", { class: "curve", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": t("far") });
  const text = (content, attributes) => { const made = svg("text", attributes); made.textContent = content; return made; };
  for (const share of [0, 0.5, 1]) curve.append(svg("line", { class: "axis", x1: L, x2: W - 24, y1: y(share), y2: y(share) }), text(`${100 * share} %`, { x: 4, y: y(share) + 4 }));
  for (const rate of [0, 0.05, 0.25, 0.5, 1]) curve.append(text(`${100 * rate} %`, { x: x(rate), y: H - 24, "text-anchor": "middle" }));
  curve.append(text(t("axisNamed"), { x: 4, y: 13 }), text(t("axisFar"), { x: W - 24, y: H - 6, "text-anchor": "end" }));
  curve.append(svg("path", { d: points.map((one, i) => `${i ? "L" : "M"}${x(one.false_accept_rate)} ${y(one.named)}`).join(" ") }), mark);
  function choose() {
    const point = points[Number(slider.value)];
    state.rate = auto.checked ? null : point.false_accept_rate;
    localStorage.setItem("rate", state.rate ?? "");
    slider.disabled = auto.checked;
    mark.setAttribute("cx", x(point.false_accept_rate));
    mark.setAttribute("cy", y(point.named));
    mark.style.display = auto.checked ? "none" : "";
    const told = t("farLong", { far: percent(point.false_accept_rate), named: percent(point.named) });
    words.textContent = auto.checked ? "" : point.promised ? told : `${told} ${t("notpromised")}`;
  }
  for (const input of [auto, slider]) input.addEventListener("input", choose);
  choose();
  return [el("h2", {}, t("far")), el("label", { class: "check" }, auto, el("span", {}, t("farauto"))), slider, words, curve];
}
