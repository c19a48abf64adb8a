// The map of a gallery: small images where t-SNE puts them; the wheel, two fingers or the buttons come closer.
import { shown } from "./api.js";
import { el } from "./dom.js";
import { t } from "./words.js";

const CLOSEST = 8;

export function mapOf(things, open) {
  const plane = el("div", { class: "plane" });
  const side = Math.max(28, Math.min(72, 420 / Math.sqrt(Math.max(1, things.length))));
  let scale = 1, x = 0, y = 0;
  for (const one of things) {
    const point = el("button", { type: "button", class: "spot", title: one.name, "aria-label": one.name, onclick: () => { if (!moved) open(one.id); } }, shown(one.photo, ""));
    point.style.left = `${6 + 88 * one.x}%`;
    point.style.top = `${6 + 88 * one.y}%`;
    point.addEventListener("focus", () => { if (point.matches(":focus-visible")) show(one); });
    plane.append(point);
  }
  const frame = el("div", { class: "map", role: "group", "aria-label": t("map") }, plane);
  frame.style.setProperty("--side", `${side}px`);

  function lay() {
    const room = frame.clientWidth * (scale - 1), depth = frame.clientHeight * (scale - 1);
    x = Math.min(0, Math.max(-room, x));
    y = Math.min(0, Math.max(-depth, y));
    plane.style.width = plane.style.height = `${100 * scale}%`;
    plane.style.translate = `${x}px ${y}px`;
  }
  function closer(by, at = [frame.clientWidth / 2, frame.clientHeight / 2]) {
    const next = Math.min(CLOSEST, Math.max(1, scale * by)), ratio = next / scale;
    [x, y, scale] = [at[0] - ratio * (at[0] - x), at[1] - ratio * (at[1] - y), next];
    lay();
  }
  /** Bring a thing that the keyboard is on into view. */
  function show(one) {
    frame.scrollTo(0, 0);
    x = frame.clientWidth * (0.5 - scale * (0.06 + 0.88 * one.x));
    y = frame.clientHeight * (0.5 - scale * (0.06 + 0.88 * one.y));
    lay();
  }
  lay();
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && scale === 1 && event.deltaY > 0) return; // the page scrolls on
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    closer(event.deltaY < 0 ? 1.2 : 1 / 1.2, [event.clientX - box.left, event.clientY - box.top]);
  }, { passive: false });
  const held = new Map();
  let moved = false, apart = 0;
  frame.addEventListener("pointerdown", (event) => { held.set(event.pointerId, [event.clientX, event.clientY]); if (held.size === 1) moved = false; apart = 0; });
  frame.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) return;
    held.set(event.pointerId, [event.clientX, event.clientY]);
    if (held.size === 2) {
      const [[a, b], [c, d]] = held.values(), distance = Math.hypot(a - c, b - d), box = frame.getBoundingClientRect();
      if (apart) closer(distance / apart, [(a + c) / 2 - box.left, (b + d) / 2 - box.top]);
      apart = distance;
      moved = true;
      return;
    }
    if (Math.hypot(event.clientX - before[0], event.clientY - before[1]) > 3) moved = true;
    x += event.clientX - before[0];
    y += event.clientY - before[1];
    lay();
  });
  for (const kind of ["pointerup", "pointercancel", "pointerleave"]) frame.addEventListener(kind, (event) => held.delete(event.pointerId));
  const zoom = (sign, by) => el("button", { type: "button", "aria-label": t(by > 1 ? "closer" : "farther"), onclick: () => closer(by) }, sign);
  return el("div", { class: "mapped" }, frame, el("div", { class: "zoom" }, zoom("+", 1.5), zoom("−", 1 / 1.5)));
}
