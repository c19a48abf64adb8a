// Verifying: two photos in, whether they show one thing out, and what that rests on.
import { ask, light } from "./api.js";
import { sideBySide } from "./compare.js";
import { busy, chooser, el, problem } from "./dom.js";
import { inWords, percent, t } from "./words.js";

export function verifyView() {
  const files = [null, null];
  const result = el("div", { class: "answer", "aria-live": "polite" });
  const places = [0, 1].map((i) => place(i));
  const root = el("div", { class: "answer" }, el("h1", {}, t("verify")), el("p", { class: "soft" }, t("verifyLong")),
    el("div", { class: "two-drops" }, ...places), result);

  function place(i) {
    const picture = el("div", { class: "chosen" });
    const box = el("section", { class: "drop less" }, picture, chooser(t(i ? "second" : "first"), { main: true }, ([file]) => take(file)));
    for (const kind of ["dragover", "dragenter"]) box.addEventListener(kind, (event) => { event.preventDefault(); box.classList.add("over"); });
    for (const kind of ["dragleave", "drop"]) box.addEventListener(kind, () => box.classList.remove("over"));
    box.addEventListener("drop", (event) => { event.preventDefault(); const [file] = event.dataTransfer.files; if (file) take(file); });
    async function take(file) {
      files[i] = await light(file);
      picture.replaceChildren(el("p", { class: "small soft" }, file.name));
      if (files[0] && files[1]) compare(files, result);
    }
    return box;
  }
  return { root };
}

async function compare(files, result) {
  result.replaceChildren(busy(t("working")));
  const form = new FormData();
  for (const file of files) form.append("photo", file, "photo");
  try {
    const told = await ask("/v1/verify", { method: "POST", body: form, query: { upright: true, explain: true } });
    result.replaceChildren(...drawn(told));
  } catch (error) {
    result.replaceChildren(problem(error));
  }
}

function drawn(told) {
  const sure = told.same ? told.probability : 1 - told.probability;
  const strongest = Math.max(1, ...Object.values(told.parts).map(Math.abs));
  const parts = Object.entries(told.parts).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).map(([name, value]) => {
    const bar = el("i", { class: value < 0 ? "dim" : "" });
    bar.style.width = `${(100 * Math.abs(value)) / strongest}%`;
    return el("li", { class: "line part" }, el("span", {}, name, el("span", { class: "bar" }, bar)), el("span", { class: "figure" }, (value > 0 ? "+" : "") + value.toFixed(2)));
  });
  const card = el("section", { class: "card" },
    el("div", { class: "verdict" }, el("h2", { class: "name" }, t(told.same ? "same" : "notsame")),
      el("p", { class: "sure" }, el("b", {}, inWords(sure)), el("span", { class: "figure" }, percent(sure))),
      told.relation ? el("p", { class: "soft" }, told.relation) : null,
      ...told.notes.map((note) => el("p", { class: "soft small" }, note))));
  const jpeg = (photo) => `data:image/jpeg;base64,${photo.jpeg}`;
  const images = [told.first, told.second].map((photo, i) => el("img", { src: jpeg(photo), alt: t(i ? "second" : "first") }));
  const sizes = [told.first, told.second].map((photo) => [photo.width, photo.height]);
  const why = el("section", { class: "card" }, el("h2", {}, t("why")));
  sideBySide(why, { images, captions: [t("first"), t("second")], sizes, points: told.points, maps: told.explanation?.compared ? told.explanation.maps : [] });
  why.append(el("h3", {}, t("rests")), el("ul", { class: "bars" }, ...parts));
  return [card, why];
}
