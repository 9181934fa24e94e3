import { on } from "./time.js";

const MARGIN_MS = 600_000; // the last moment at which a token is renewed ahead of its end
const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
const MIN_RENEWAL_MS = 30_000;

/**
 * After which part of its lifetime a token is renewed, in milliseconds.
 *
 * Ten minutes before the end, and up to a tenth of the lifetime earlier, at random: the visitors of
 * a webinar, who came in the same minute, do not all come back in the same second.
 */
export function renewalAfter(lifetime: number): number {
  const margin = Math.min(MARGIN_MS, lifetime / 6) + (Math.random() * lifetime) / 10;
  return Math.max(MIN_RENEWAL_MS, lifetime - margin);
}

/**
 * How long to wait after failures in a row, in milliseconds: at random, up to a limit that doubles.
 *
 * @param failures How many there were, at least 1.
 * @param least What the service asked for.
 */
export function backoff(failures: number, least: number): number {
  const most = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** failures);
  return Math.max(MIN_BACKOFF_MS, least) + Math.random() * (most - MIN_BACKOFF_MS);
}

/** One timer, and the moments at which the page wakes up. */
export interface Alarm {
  /** Rings after a time, instead of when it was set to before. */
  set(ms: number): void;
  stop(): void;
}

/**
 * Starts an alarm.
 *
 * @param ring Is told whether the page woke up (it slept, was offline, or showed another tab),
 *   rather than that the time is over.
 */
export function startAlarm(ring: (woken: boolean) => void): Alarm {
  const listening = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  for (const event of ["online", "pageshow", "visibilitychange"])
    on(event, () => document.hidden || ring(true), listening);
  return {
    set(ms) {
      clearTimeout(timer);
      timer = setTimeout(ring, ms, false);
    },
    stop() {
      clearTimeout(timer);
      listening.abort();
    },
  };
}
