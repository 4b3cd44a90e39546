// What every page does: theme, language link, the state of the connection, and
// taking fresh values in place.
import { connect, on } from "./_live";

const FRESH = 1_000; // ms between two looks at the page at most

function theme(): void {
  const button = document.querySelector<HTMLButtonElement>("#theme");
  if (!button) return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = (): boolean =>
    (document.documentElement.dataset["theme"] ?? (dark.matches ? "dark" : "light")) === "dark";
  const label = (): void => {
    button.textContent = (isDark() ? button.dataset["light"] : button.dataset["dark"]) ?? "";
    document.dispatchEvent(new Event("rabta:theme"));
  };
  button.addEventListener("click", () => {
    const chosen = isDark() ? "light" : "dark";
    document.documentElement.dataset["theme"] = chosen;
    document.cookie = `rabta-theme=${chosen}; path=/; max-age=31536000; samesite=strict`;
    label();
  });
  dark.addEventListener("change", label);
  button.hidden = false;
  label();
}

function language(): void {
  const link = document.querySelector<HTMLAnchorElement>("[data-language]");
  link?.addEventListener("click", () => {
    const here = new URL(location.href);
    here.searchParams.set("lang", link.hreflang);
    link.href = here.href;
  });
}

function connection(): void {
  const shown = document.querySelector<HTMLElement>("#connection");
  const announce = document.querySelector<HTMLElement>("#announce");
  if (!shown?.dataset["on"]) return;
  let newest = Number(shown.dataset["time"]);
  let lost = false;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeStyle: "medium",
    timeZone: document.documentElement.dataset["zone"],
  });
  const show = (): void => {
    const text = shown.dataset[lost ? "off" : "on"] ?? "";
    shown.dataset["lost"] = String(lost);
    shown.textContent = text.replace("{at}", `\u2068${clock.format(newest / 1000)}\u2069`);
  };
  on("status", (status) => {
    newest = Math.max(newest, status.time);
    show();
  });
  on("samples", (samples) => {
    newest = samples.reduce((so_far, one) => Math.max(so_far, one.time), newest);
    show();
  });
  on("connection", (alive) => {
    if (lost === !alive) return;
    lost = !alive;
    show();
    if (announce) announce.textContent = shown.textContent;
  });
  on("status", soon);
  document.addEventListener("visibilitychange", soon);
  document.addEventListener("rabta:span", refresh);
  connect();
}

let last = 0;
let waiting: number | undefined;
let busy = false;
let again = false; // something happened while the page was being fetched

function soon(): void {
  if (document.hidden || waiting !== undefined) return;
  waiting = window.setTimeout(refresh, Math.max(0, last + FRESH - performance.now()));
}

async function refresh(): Promise<void> {
  waiting = undefined;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  last = performance.now();
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!response.ok) return;
    take(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    // The stream reports that the connection is gone.
  } finally {
    busy = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

const regions = (root: Document): Map<string, HTMLElement> =>
  new Map(
    [...root.querySelectorAll<HTMLElement>("[data-live]")].map((one) => [one.dataset["live"] ?? "", one]),
  );

function take(fresh: Document): void {
  const sentence = document.querySelector("#sentence")?.textContent;
  const [mine, theirs] = [regions(document), regions(fresh)];
  if ([...mine.keys()].join() === [...theirs.keys()].join()) {
    for (const [name, region] of mine) {
      const next = theirs.get(name);
      if (next) replace(region, next);
    }
  } else {
    document.querySelector("main")?.replaceWith(fresh.querySelector("main") ?? "");
    document.dispatchEvent(new Event("rabta:replaced"));
  }
  followLines(fresh);
  const said = document.querySelector("#sentence")?.textContent;
  const announce = document.querySelector<HTMLElement>("#announce");
  if (announce && said && said !== sentence) announce.textContent = said;
}

/** A series that was first measured after the page was opened joins its chart. */
function followLines(fresh: Document): void {
  let changed = false;
  for (const figure of document.querySelectorAll<HTMLElement>("[data-chart]")) {
    const { chart, uplink } = figure.dataset;
    const same = `[data-chart="${chart}"][data-uplink="${CSS.escape(uplink ?? "")}"]`;
    const next = fresh.querySelector<HTMLElement>(same)?.dataset;
    const lines = next?.["lines"];
    figure.dataset["empty"] = next?.["empty"] ?? figure.dataset["empty"];
    if (lines === undefined || lines === figure.dataset["lines"]) continue;
    figure.dataset["lines"] = lines;
    changed = true;
  }
  if (changed) document.dispatchEvent(new Event("rabta:lines"));
}

function replace(region: HTMLElement, next: HTMLElement): void {
  if (next.dataset["state"]) region.dataset["state"] = next.dataset["state"];
  for (const one of region.querySelectorAll<HTMLDetailsElement>("details[id][open]"))
    next.querySelector<HTMLDetailsElement>(`#${CSS.escape(one.id)}`)?.setAttribute("open", "");
  if (region.innerHTML === next.innerHTML) return;
  const reachable = "a, button, summary, [tabindex]";
  const at = [...region.querySelectorAll(reachable)].indexOf(document.activeElement as Element);
  region.replaceChildren(...next.childNodes);
  if (at >= 0) region.querySelectorAll<HTMLElement>(reachable)[at]?.focus();
}

theme();
language();
connection();
