// One stream of events for the whole page.

export interface Observation {
  time: number;
  uplink: string;
  family: number;
  target: string;
  probe: string;
  value: number | null;
  failure: string | null;
}

interface News {
  status: { time: number };
  samples: Observation[];
  connection: boolean;
}

type Listeners = { [Kind in keyof News]: ((news: News[Kind]) => void)[] };

const SILENCE = 9_000; // ms; the server speaks at least every three seconds
const listeners: Listeners = { status: [], samples: [], connection: [] };
let source: EventSource | undefined;
let watchdog: number | undefined;

export function on<Kind extends keyof News>(kind: Kind, listener: (news: News[Kind]) => void): void {
  listeners[kind].push(listener);
}

function tell<Kind extends keyof News>(kind: Kind, news: News[Kind]): void {
  for (const listener of listeners[kind]) listener(news);
}

function heard(): void {
  tell("connection", true);
  window.clearTimeout(watchdog);
  watchdog = window.setTimeout(connect, SILENCE);
}

export function connect(): void {
  const again = source !== undefined;
  source?.close();
  if (again) tell("connection", false);
  window.clearTimeout(watchdog);
  watchdog = window.setTimeout(connect, SILENCE);
  source = new EventSource("/api/live");
  source.addEventListener("alive", heard);
  source.addEventListener("status", (event) => {
    heard();
    tell("status", JSON.parse(event.data));
  });
  source.addEventListener("samples", (event) => {
    heard();
    tell("samples", JSON.parse(event.data));
  });
  source.addEventListener("error", () => tell("connection", false));
}
