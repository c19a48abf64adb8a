// Two photos side by side: heat under a slider, points joined, and where they differ.
import { ask, fetched, shown } from "./api.js";
import { busy, el, problem, svg } from "./dom.js";
import { language, share, t } from "./words.js";

/** Colours of heat, dark to bright, as [r, g, b] at equal steps. */
const HEAT = [[30, 20, 90], [120, 30, 140], [220, 60, 90], [250, 150, 40], [255, 235, 120]];

function colour(value) {
  const at = value * (HEAT.length - 1), low = Math.min(HEAT.length - 2, Math.floor(at)), part = at - low;
  return HEAT[low].map((from, i) => from + part * (HEAT[low + 1][i] - from));
}

/** Draws a grey map over a photo: colour by heat, and the warmer the less one sees through. */
async function paint(canvas, map) {
  const image = new Image();
  image.src = `data:image/png;base64,${map.png}`;
  await image.decode();
  canvas.width = map.width;
  canvas.height = map.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, map.width, map.height);
  for (let at = 0; at < pixels.data.length; at += 4) {
    const value = pixels.data[at] / 255, [r, g, b] = colour(value);
    pixels.data.set([r, g, b, 255 * Math.min(1, 0.25 + 1.1 * value)], at);
  }
  context.putImageData(pixels, 0, 0);
}

/** What a museum wants to be said of its photo. */
export function credit(about) {
  return [about.credit, about.rights].filter(Boolean).map((words) => el("span", { class: "small" }, ` · ${words}`));
}

function framed(image, caption) {
  const canvas = el("canvas", { "aria-hidden": "true" });
  const frame = el("div", { class: "frame" }, image, canvas);
  return { figure: el("figure", {}, frame, el("figcaption", {}, caption)), image, canvas, frame };
}

/** Lines between the points of both photos, laid anew whenever the photos change their size. */
function join(pair, sides, sizes, points) {
  const layer = svg("svg", { class: "joined", "aria-hidden": "true" });
  function lay() {
    const home = pair.getBoundingClientRect();
    const boxes = sides.map((side) => side.frame.getBoundingClientRect());
    const at = (i, x, y) => [boxes[i].left - home.left + (x / sizes[i][0]) * boxes[i].width, boxes[i].top - home.top + (y / sizes[i][1]) * boxes[i].height];
    const isSmall = home.width < 480;
    layer.classList.toggle("fine", isSmall);
    layer.replaceChildren(...points.slice(0, isSmall ? 24 : points.length).flatMap(([x, y, u, v]) => {
      const [x1, y1] = at(0, x, y), [x2, y2] = at(1, u, v);
      return [svg("line", { x1, y1, x2, y2 }), svg("circle", { cx: x1, cy: y1, r: isSmall ? 1.6 : 2.6 }), svg("circle", { cx: x2, cy: y2, r: isSmall ? 1.6 : 2.6 })];
    }));
  }
  new ResizeObserver(lay).observe(pair);
  sides.forEach((side) => side.image.addEventListener("load", lay));
  return { layer, lay };
}

/** Two photos with their maps under a slider, and their points joined, put at the end of an element. */
export function sideBySide(root, { images, captions, sizes, points, maps, controls = null }) {
  const sides = images.map((image, i) => framed(image, captions[i]));
  const pair = el("div", { class: "pair" }, ...sides.map((side) => side.figure));
  const row = el("div", { class: "row apart" }, controls);
  if (maps.length) {
    const strength = el("input", { type: "range", min: 0, max: 100, value: 60, "aria-label": t("heat"), oninput: () => fade() });
    const fade = () => sides.forEach((side) => { side.canvas.style.opacity = strength.value / 100; });
    fade();
    row.append(el("label", { class: "slider small" }, t("heat"), strength));
  }
  root.append(row, pair);
  if (points.length) {
    const { layer, lay } = join(pair, sides, sizes, points);
    const box = el("input", { type: "checkbox", checked: true, onchange: () => { layer.style.display = box.checked ? "" : "none"; } });
    pair.append(layer);
    root.append(el("label", { class: "check small" }, box, el("span", {}, `${t("points")} (${points.length})`)));
    requestAnimationFrame(lay);
  }
  maps.forEach((map) => paint(sides[map.frame === "query" ? 0 : 1].canvas, map));
}

/**
 * The comparison of a photo with a known one.
 * `photo` is what is sent, `upright` its upright JPEG, `reference` the id of a known photo or thing.
 */
export function comparison({ photo, upright, size, reference, name, method = null, own = t("yours"), title = null }) {
  const root = el("section", { class: "card", "aria-label": t("why") });
  const running = new AbortController();

  const heading = (of) => el("h2", {}, title ?? t("whyOf", { name: of }));

  async function load(wanted) {
    root.replaceChildren(heading(name), busy(t("wait")));
    try {
      const told = await ask("/v1/explain", {
        method: "POST", body: photo, signal: running.signal,
        query: { reference, method: wanted, test_faithfulness: wanted === "difference" ? false : true },
      });
      draw(told, wanted);
    } catch (error) {
      if (error.name !== "AbortError") root.replaceChildren(heading(name), choice(wanted), problem(error));
    }
  }

  function choice(wanted) {
    const button = (key, value) => el("button", {
      type: "button", "aria-pressed": String((wanted ?? null) === value), onclick: () => load(value),
    }, t(key));
    return el("div", { class: "segments", role: "group", "aria-label": t("why") }, button("agrees", null), button("differs", "difference"));
  }

  function draw(told, wanted) {
    const known = told.reference;
    const images = [el("img", { src: upright, alt: own }), known ? shown(known.photo, t("known", { name: known.instance })) : el("img", { alt: "" })];
    const captions = [own, known ? [t("known", { name: known.instance }), ...credit(known.about)] : ""];
    root.replaceChildren(heading(known?.instance ?? name));
    sideBySide(root, {
      images, captions, sizes: [[size.width, size.height], known ? [known.width, known.height] : [1, 1]],
      points: known && wanted !== "difference" ? known.points : [], maps: told.compared ? told.maps : [], controls: choice(wanted),
    });
    const trust = told.maps.find((map) => map.faithfulness)?.faithfulness;
    if (language === "en" || !known?.points.length) root.append(el("p", {}, told.sentence));
    if (trust) {
      const [deletion, random, insertion] = [trust.deletion, trust.random, trust.insertion].map(share);
      root.append(el("p", { class: "soft small" }, t(trust.holds ? "trust" : "notrust", { deletion, random, insertion })));
    }
  }

  load(method);
  return { root, stop: () => running.abort() };
}

/** The comparison of two known photos of different things, by their addresses. */
export async function knownPair([one, other], names) {
  const photo = await fetched(one);
  const upright = URL.createObjectURL(photo);
  const size = await createImageBitmap(photo);
  return comparison({ photo, upright, size, reference: other.match(/photos\/(\d+)/)[1], name: names[1], own: t("known", { name: names[0] }), title: names.join(" · ") });
}
