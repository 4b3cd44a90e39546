// uPlot in Rabta's clothes.
import uPlot from "uplot";
import type { Line } from "./_window";

const HEIGHT = 176;
const sync = uPlot.sync("rabta");

/** Canvas cannot read CSS variables: let the browser resolve them. */
export function colour(name: string): string {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(--${name})`;
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

export interface Wishes {
  plot: HTMLElement;
  lines: Line[];
  /** Values are so rare that each is drawn as a point: a lone one makes no line. */
  rare: boolean;
  unit: (value: number) => string;
  idle: () => [number, number][];
  moved: (index: number | null) => void;
  chosen: (from: number, to: number) => void;
}

export function draw(wishes: Wishes, data: uPlot.AlignedData): uPlot {
  const ink = colour("quiet");
  const grid = { stroke: colour("rule"), width: 1 };
  const font = "12px system-ui, sans-serif";
  const locale = document.documentElement.lang === "ur" ? "ur-PK-u-nu-latn" : "en-GB";
  const zone = document.documentElement.dataset["zone"];
  const options: uPlot.Options = {
    width: Math.max(wishes.plot.clientWidth, 120),
    height: HEIGHT,
    legend: { show: false },
    tzDate: (seconds) => (zone ? uPlot.tzDate(new Date(seconds * 1e3), zone) : new Date(seconds * 1e3)),
    cursor: {
      // The crosshair is shared; a drag is one chart's, and followed by the address.
      sync: { key: sync.key, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
    },
    scales: {
      x: { time: true },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
      loss: { range: [0, 1] },
    },
    axes: [
      { stroke: ink, grid, ticks: grid, font, space: 70, values: (_, ticks, __, ___, step) => ticks.map((tick) => time(tick, step, locale, zone)) },
      { stroke: ink, grid, ticks: grid, font, size: 70, space: 34, values: (_, ticks) => ticks.map(wishes.unit) },
    ],
    series: [
      {},
      {
        label: "loss",
        scale: "loss",
        fill: colour("loss"),
        width: 0,
        points: { show: false },
        ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [1, 10, 3] }) }),
      },
      ...wishes.lines.map((line, index): uPlot.Series => ({
        label: line.label,
        show: !line.only_loss,
        stroke: colour(`line-${(index % 7) + 1}`),
        width: 1.6,
        points: wishes.rare ? { show: true, size: 6 } : { size: 3.5 },
      })),
    ],
    hooks: {
      drawClear: [(chart) => shade(chart, wishes.idle())],
      setCursor: [(chart) => wishes.moved(chart.cursor.idx ?? null)],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < 8) return;
          wishes.chosen(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
  const chart = new uPlot(options, data, wishes.plot);
  sync.sub(chart);
  return chart;
}

/** What was not measured is grey, unlike what was fine. */
function shade(chart: uPlot, idle: [number, number][]): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.fillStyle = colour("none-wash");
  for (const [from, to] of idle) {
    const left = Math.max(chart.valToPos(from, "x", true), bbox.left);
    const right = Math.min(chart.valToPos(to, "x", true), bbox.left + bbox.width);
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

export function time(seconds: number, step: number, locale: string, zone: string | undefined): string {
  const wanted: Intl.DateTimeFormatOptions =
    step >= 86_400 ? { day: "numeric", month: "short" } : { timeStyle: step < 60 ? "medium" : "short" };
  return new Intl.DateTimeFormat(step >= 86_400 ? locale : "en-GB", { ...wanted, timeZone: zone }).format(seconds * 1e3);
}

/** Step through the values by keyboard. */
export function keys(chart: uPlot, plot: HTMLElement): void {
  plot.addEventListener("keydown", (event) => {
    const times = chart.data[0];
    const start = chart.scales["x"]?.min ?? 0;
    const last = times.length - 1;
    const first = Math.max(times.findIndex((one) => one >= start), 0); // a bucket may begin before the span
    const now = chart.cursor.idx ?? last;
    const wanted = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: first, End: last }[event.key];
    if (event.key === "Escape") chart.setCursor({ left: -10, top: -10 });
    if (wanted === undefined) return;
    event.preventDefault();
    const at = times[Math.min(Math.max(wanted, first), last)];
    if (at !== undefined) chart.setCursor({ left: chart.valToPos(at, "x"), top: 20 });
  });
}
