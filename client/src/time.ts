import type { AbortSignalLike } from "./types.js";

/** Whether a page is being rendered on a server, where many people would share what is kept. */
export const isServer: boolean = typeof window === "undefined";

/** Returns the milliseconds that are left of a span; 0 when it has run out. */
export type Left = () => number;

/**
 * Begins a span that runs out, whatever happens to the device's clock.
 *
 * The clock tells of time that the device slept. The ticks tell of time that a clock which was set
 * back hides. The shorter rest counts.
 *
 * @param ms How long it is.
 * @param since When it began, by the device's clock. A span of the future has run out: the clock
 *   was set back since then.
 */
export function span(ms: number, since: number = Date.now()): Left {
  const now = Date.now();
  const rest = since > now ? 0 : since + ms - now;
  const ticks = performance.now() + rest;
  return () => Math.max(0, Math.min(now + rest - Date.now(), ticks - performance.now()));
}

/** Listens to an event of the page, where there is one. */
export function on<E extends Event>(event: string, listener: (event: E) => void, options?: { signal: AbortSignal }): void {
  globalThis.addEventListener?.(event, listener as (event: Event) => void, options);
}

/**
 * Aborts a signal after some time.
 *
 * @returns The signal, and what stops the time.
 */
export function abortAfter(ms: number): readonly [signal: AbortSignal, stop: () => void] {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return [controller.signal, () => clearTimeout(timer)];
}

/**
 * Waits until work is done or a signal is aborted; the work goes on for others.
 *
 * @param reason Why it was aborted.
 */
export function until<T>(
  signal: AbortSignalLike | undefined,
  work: Promise<T>,
  reason: () => Error = () => new DOMException("Aborted", "AbortError"),
): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reason());
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
  });
}
