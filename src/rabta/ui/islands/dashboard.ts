// The moving charts.
import type uPlot from "uplot";
import { draw, keys, time } from "./_chart";
import { on } from "./_live";
import { Window, type Line, type Points } from "./_window";

const BUCKETS = 300;
const HIDDEN = 200; // ms between two redraws at most

const latency = (seconds: number): string =>
  seconds < 0.00995 && seconds > 0 ? `${(1e3 * seconds).toFixed(1)} ms` : `${Math.round(1e3 * seconds)} ms`;

function rate(bits: number): string {
  const units = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"];
  let at = 0;
  while (bits >= 1000 && at < units.length - 1) {
    bits /= 1000;
    at += 1;
  }
  return `${Number(bits.toPrecision(3))} ${units[at]}`;
}

class Chart {
  private readonly plot: HTMLElement;
  private lines: Line[] = [];
  private readonly unit: (value: number) => string;
  private window: Window | undefined;
  private chart: uPlot | undefined;
  private idle: [number, number][] = [];
  private length = 0;
  private until = 0;
  private behind = 0;
  private live = true;
  private planned: number | undefined;

  constructor(private readonly figure: HTMLElement) {
    this.plot = figure.querySelector<HTMLElement>(".plot")!;
    this.unit = figure.dataset["chart"] === "rate" ? rate : latency;
    figure.classList.remove("no-script");
    new ResizeObserver(() => this.chart?.setSize({ width: this.plot.clientWidth, height: this.chart.height })).observe(this.plot);
  }

  async load(): Promise<void> {
    const asked = new URLSearchParams({ from: this.figure.dataset["from"]!, to: this.figure.dataset["to"]!, buckets: String(BUCKETS) });
    this.lines = JSON.parse(this.figure.dataset["lines"] ?? "[]");
    const known = this.lines.filter((line) => line.series.length > 0);
    if (known.length === 0) {
      this.plot.dataset["empty"] = this.figure.dataset["empty"];
      return;
    }
    for (const line of known) asked.append("series", line.series.join());
    const response = await fetch(`/api/points?${asked}`);
    if (!response.ok) return;
    const found: { start: number; stop: number; step_seconds: number; lines: Points[] } = await response.json();
    this.live = this.figure.dataset["to"] === "now";
    this.length = (found.stop - found.start) / 1e6;
    this.until = found.stop / 1e6;
    this.behind = Date.now() / 1e3 - this.until;
    this.window = new Window(this.lines, found.step_seconds);
    this.window.load(new Map(known.map((line, at) => [this.lines.indexOf(line), found.lines[at]!])));
    this.create();
  }

  add(member: string, uplink: string, at: number, value: number | null): void {
    if (this.live && uplink === this.figure.dataset["uplink"] && this.window?.add(member, at, value)) this.plan();
  }

  /** The span moves on even when nothing comes: silence must be seen. */
  tick(): void {
    if (this.live) this.plan();
  }

  create(): void {
    if (!this.window) return;
    this.chart?.destroy();
    const data = this.columns();
    this.chart = draw(
      {
        plot: this.plot,
        lines: this.lines,
        rare: this.figure.dataset["chart"] === "rate",
        unit: this.unit,
        idle: () => this.idle,
        moved: (index) => this.read(index),
        chosen,
      },
      data,
    );
    keys(this.chart, this.plot);
    this.show();
  }

  private plan(): void {
    this.planned ??= window.setTimeout(() => {
      this.planned = undefined;
      if (this.live) this.until = Date.now() / 1e3 - this.behind;
      this.window?.forget(this.until - this.length);
      this.chart?.setData(this.columns(), false);
      this.show();
    }, HIDDEN);
  }

  private columns(): uPlot.AlignedData {
    const { data, idle, count } = this.window!.columns(this.until);
    this.idle = this.figure.dataset["chart"] === "rate" ? [] : idle;
    if (count) delete this.plot.dataset["empty"];
    else this.plot.dataset["empty"] = this.figure.dataset["empty"];
    this.plot.dataset["points"] = String(data[0]?.length ?? 0);
    this.plot.dataset["newest"] = String(data[0]?.at(-1) ?? "");
    return data as uPlot.AlignedData;
  }

  private show(): void {
    this.chart?.setScale("x", { min: this.until - this.length, max: this.until });
  }

  private read(index: number | null): void {
    const readout = this.figure.querySelector<HTMLElement>(".readout");
    const at = index === null ? undefined : this.chart?.data[0][index];
    if (!readout) return;
    if (!this.chart || index === null || at === undefined) {
      readout.textContent = "";
      return;
    }
    const { data } = this.chart;
    const told = this.lines
      .map((line, row) => ({ line, value: data[row + 2]?.[index] }))
      .filter(({ line, value }) => !line.only_loss && value !== undefined)
      .map(({ line, value }) => `${line.label} ${value === null || value === undefined ? this.figure.dataset["none"] : this.unit(value)}`);
    const loss = data[1]?.[index];
    if (typeof loss === "number") told.push(`${this.figure.dataset["loss"] ?? ""} ${Math.round(100 * loss)} %`);
    const zone = document.documentElement.dataset["zone"];
    readout.textContent = [time(at, 1, "en-GB", zone), ...told].map((part) => `\u2068${part}\u2069`).join(" · ");
    readout.setAttribute("aria-live", this.plot.matches(":focus") ? "polite" : "off");
  }
}

let charts: Chart[] = [];

function find(): void {
  charts = [...document.querySelectorAll<HTMLElement>("[data-chart]")].map((figure) => new Chart(figure));
  for (const chart of charts) void chart.load();
}

/** One span for the whole page, and in its address, so that a view can be sent. */
function chosen(from: number, to: number): void {
  const here = new URL(location.href);
  here.searchParams.set("from", new Date(from * 1e3).toISOString().replace(/\.\d+Z$/, "Z"));
  here.searchParams.set("to", new Date(to * 1e3).toISOString().replace(/\.\d+Z$/, "Z"));
  history.pushState(null, "", here);
  follow();
}

function follow(): void {
  const asked = new URLSearchParams(location.search);
  for (const figure of document.querySelectorAll<HTMLElement>("[data-chart]")) {
    figure.dataset["from"] = asked.get("from") ?? figure.dataset["default"] ?? "-5min";
    figure.dataset["to"] = asked.get("to") ?? "now";
  }
  for (const chart of charts) void chart.load();
  document.dispatchEvent(new Event("rabta:span"));
}

on("samples", (samples) => {
  for (const { uplink, family, target, probe, time: at, value, failure } of samples)
    for (const chart of charts) chart.add(`${family}|${target}|${probe}`, uplink, at, failure === null ? value : null);
});
window.setInterval(() => document.hidden || charts.forEach((chart) => chart.tick()), 1_000);
window.addEventListener("popstate", follow);
document.addEventListener("rabta:theme", () => charts.forEach((chart) => chart.create()));
document.addEventListener("rabta:replaced", find);
document.addEventListener("rabta:lines", () => charts.forEach((chart) => void chart.load()));
find();
