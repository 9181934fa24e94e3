import { on } from "./time.js";

/** In milliseconds. An enum of constants, because it leaves only the numbers in the bundle. */
const enum Ms {
  /** The last moment before its end at which a token is renewed ahead. */
  Margin = 600_000,
  LeastRenewal = 30_000,
  LeastPause = 1_000,
  MostPause = 59_000,
}

/**
 * After which part of its lifetime a token is renewed, in milliseconds.
 *
 * Ten minutes before the end, and up to a tenth of the lifetime earlier, at random: the visitors of
 * a webinar, who came in the same minute, do not all come back in the same second.
 */
export function renewalAfter(lifetime: number): number {
  const margin = Math.min(Ms.Margin, lifetime / 6) + (Math.random() * lifetime) / 10;
  return Math.max(Ms.LeastRenewal, lifetime - margin);
}

/**
 * How long to wait after failures in a row, in milliseconds: at random, up to a limit that doubles.
 *
 * @param failures How many there were, at least 1.
 * @param least What the service asked for.
 */
export function backoff(failures: number, least: number): number {
  return least + Ms.LeastPause + Math.random() * Math.min(Ms.MostPause, Ms.LeastPause * 2 ** failures);
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
export function startAlarm(ring: (woken?: boolean) => void): Alarm {
  const listening = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  for (const event of ["online", "pageshow", "visibilitychange"])
    on(event, () => document.hidden || ring(true), listening);
  return {
    set(ms) {
      clearTimeout(timer);
      timer = setTimeout(ring, ms);
    },
    stop() {
      clearTimeout(timer);
      listening.abort();
    },
  };
}
