// Asking the service: JSON in and out, the key, and what it refuses.
import { t } from "./words.js";

export const state = { gallery: null, galleries: [], rate: Number(localStorage.getItem("rate") || 0) || null };
let key = sessionStorage.getItem("key") ?? "";

export function useKey(value) {
  key = value;
  sessionStorage.setItem("key", value);
}
export const hasKey = () => key !== "";

class Refusal extends Error {
  constructor(told) {
    super(told.what);
    Object.assign(this, told);
  }
}

async function answered(path, { method = "GET", query = {}, body, json, signal } = {}) {
  const address = new URL(path, location.origin);
  const wanted = { gallery: state.gallery, ...query };
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== null && value !== undefined && value !== "" && !address.searchParams.has(name)) address.searchParams.set(name, value);
  }
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address, { method, headers, body: json === undefined ? body : JSON.stringify(json), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal({ what: t("offline") });
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({ what: `${response.status}` }));
  if (response.status === 401) told.remedy = t("needkey");
  throw new Refusal(told);
}

export async function ask(path, options) {
  return (await answered(path, options)).json();
}

/** A photo of the service as a file. */
export async function fetched(path) {
  return (await answered(path)).blob();
}

/** An address that an <img> may show: with a key, the picture itself. */
async function picture(path) {
  return key ? URL.createObjectURL(await fetched(path)) : path;
}

/** An <img> of an address of the service. */
export function shown(path, alt, attributes = {}) {
  const image = document.createElement("img");
  image.alt = alt;
  image.loading = "lazy";
  for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, value);
  picture(path).then((address) => { image.src = address; }).catch(() => {});
  return image;
}

const LARGE = 8e6, SIDE = 2560;

/** The photo as it is sent: a JPEG that is large is made smaller; other kinds go as they are, for browsers do not turn all of them. */
export async function light(file) {
  if (file.size < LARGE || file.type !== "image/jpeg") return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
  } catch {
    return file;
  }
}
