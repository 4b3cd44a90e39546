// The values a chart shows: equal buckets of time, filled from the store and then live.

export interface Line {
  label: string;
  series: number[];
  /** `FAMILY|TARGET|PROBE` of the observations that belong to it. */
  members: string[];
  /** Drawn only as loss, not as a curve of its own. */
  only_loss?: boolean;
}

export interface Points {
  step_seconds: number;
  time: number[];
  sent: number[];
  lost: number[];
  median: (number | null)[];
}

interface Bucket {
  median: (number | undefined)[];
  fresh: number[][];
  sent: number;
  lost: number;
}

const JOIN = 30; // seconds without a probe that never make a gap, however usual probes are

export class Window {
  private readonly buckets = new Map<number, Bucket>();

  constructor(
    private readonly lines: Line[],
    readonly step: number,
  ) {}

  /** Take over what the store had, by the place of the line. */
  load(points: Map<number, Points>): void {
    points.forEach((line, index) => {
      line.time.forEach((time, at) => {
        const bucket = this.at(time / 1e6);
        bucket.median[index] = line.median[at] ?? undefined;
        this.count(bucket, index, line.sent[at] ?? 0, line.lost[at] ?? 0);
      });
    });
  }

  /** Add one observation; whether it belongs here. */
  add(member: string, time: number, value: number | null): boolean {
    let mine = false;
    this.lines.forEach((line, index) => {
      if (!line.members.includes(member)) return;
      mine = true;
      const bucket = this.at(time / 1e6);
      if (value !== null) {
        const values = (bucket.fresh[index] ??= []);
        values.push(value);
        bucket.median[index] = middle(values);
      }
      this.count(bucket, index, 1, value === null ? 1 : 0);
    });
    return mine;
  }

  /** Drop what is older than *start*, in seconds. */
  forget(start: number): void {
    for (const time of this.buckets.keys()) if (time < start - this.step) this.buckets.delete(time);
  }

  /** Columns for uPlot: times, loss as a share, and one per line. */
  columns(end: number): { data: (number | null | undefined)[][]; idle: [number, number][]; count: number } {
    const times = [...this.buckets.keys()].sort((a, b) => a - b);
    const measured = times.filter((time) => (this.buckets.get(time)?.sent ?? 0) > 0);
    const usual = middle(measured.slice(1).map((time, at) => time - (measured[at] ?? time)));
    const idle = gaps(measured, times[0] ?? end, end, Math.max(JOIN, 1.5 * this.step, 3 * usual), this.step);
    const inGap = (time: number): boolean => idle.some(([from, to]) => time >= from && time < to);
    const curves = this.lines.map((_, index) =>
      times.map((time) => {
        const bucket = this.buckets.get(time);
        const value = bucket?.median[index];
        if (value !== undefined) return value;
        const silent = bucket !== undefined && bucket.sent > 0 && bucket.sent === bucket.lost;
        return silent || inGap(time) ? null : undefined;
      }),
    );
    const loss = times.map((time) => {
      const bucket = this.buckets.get(time);
      return bucket && bucket.lost > 0 ? bucket.lost / bucket.sent : null;
    });
    return { data: [times, loss, ...curves], idle, count: measured.length };
  }

  get size(): number {
    return this.buckets.size;
  }

  private at(seconds: number): Bucket {
    const time = Math.floor(seconds / this.step) * this.step;
    let bucket = this.buckets.get(time);
    if (!bucket) this.buckets.set(time, (bucket = { median: [], fresh: [], sent: 0, lost: 0 }));
    return bucket;
  }

  private count(bucket: Bucket, index: number, sent: number, lost: number): void {
    const anyLoss = this.lines.some((line) => line.only_loss);
    if (anyLoss && !this.lines[index]?.only_loss) return;
    bucket.sent += sent;
    bucket.lost += lost;
  }
}

function middle(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

function gaps(measured: number[], start: number, end: number, longest: number, step: number): [number, number][] {
  const found: [number, number][] = [];
  let free = start;
  for (const time of [...measured, end]) {
    if (time - free > longest) found.push([free, time]);
    free = time + step;
  }
  return found;
}
