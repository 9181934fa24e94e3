import type { Platform } from "./platform.js";

const SECOND = 1_000;
const MARGIN_MS = 600 * SECOND; // the last moment at which a token is renewed ahead of its end
const MAX_BACKOFF_MS = 60 * SECOND;
const MIN_RENEWAL_MS = 30 * SECOND;
const MAX_TIMER_MS = 2 ** 31 - 1; // a longer time-out of a browser ends at once

/**
 * After which part of its lifetime a token is renewed, in milliseconds.
 *
 * Ten minutes before the end, and up to a tenth of the lifetime earlier, at random: the visitors of
 * a webinar, who came in the same minute, do not all come back in the same second.
 */
export function renewalAfter(lifetime: number, random: number): number {
  const margin = Math.min(MARGIN_MS, lifetime / 6) + (random * lifetime) / 10;
  return Math.max(MIN_RENEWAL_MS, lifetime - margin);
}

/**
 * How long to wait after failures in a row, in milliseconds: at random, up to a limit that doubles.
 *
 * @param failures How many there were, at least 1.
 * @param least What the service asked for.
 */
export function backoff(failures: number, least: number, random: number): number {
  const most = Math.min(MAX_BACKOFF_MS, SECOND * 2 ** failures);
  return Math.max(SECOND, least) + random * (most - SECOND);
}

/** One timer, and the moments at which a page wakes up. */
export class Alarm {
  readonly #platform: Platform;
  readonly #ring: (woken: boolean) => void;
  #timer: unknown;
  #off: (() => void)[] = [];

  /** @param ring Is told whether the page woke up, rather than that the time is over. */
  constructor(platform: Platform, ring: (woken: boolean) => void) {
    this.#platform = platform;
    this.#ring = ring;
  }

  /** Rings after a time, instead of when it was set to before. */
  set(ms: number): void {
    this.#platform.clearTimeout(this.#timer);
    this.#timer = this.#platform.setTimeout(() => this.#ring(false), Math.min(ms, MAX_TIMER_MS));
  }

  /** Rings whenever the page wakes up: the device slept, was offline, or showed another tab. */
  start(): void {
    const wake = (): void => {
      if (this.#platform.isVisible()) this.#ring(true);
    };
    this.#off = (["online", "pageshow", "visibilitychange"] as const).map((event) =>
      this.#platform.on(event, wake),
    );
  }

  stop(): void {
    this.#platform.clearTimeout(this.#timer);
    for (const off of this.#off) off();
    this.#off = [];
  }
}
