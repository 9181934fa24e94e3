/** What the client uses of the browser, so that tests can bring a clock and a network of their own. */
export interface Platform {
  /** The device's clock, in milliseconds; it may be wrong, and may jump. */
  now(): number;
  /** Milliseconds since any moment; they never jump, but may stand still while the device sleeps. */
  ticks(): number;
  random(): number;
  setTimeout(action: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  readonly fetch: typeof fetch;
  /** The storage of this tab or of the whole browser. It may throw. */
  storage(kind: "tab" | "browser"): Storage;
  readonly locks: Pick<LockManager, "request"> | undefined;
  /** Listens to an event of the page; returns what stops that. */
  on(event: PageEvent, listener: (event: Event) => void): () => void;
  isVisible(): boolean;
}

export type PageEvent = "online" | "pageshow" | "pagehide" | "visibilitychange" | "storage";

/** The page's own platform; undefined on a server. */
export function page(): Platform | undefined {
  if (typeof window === "undefined") return undefined;
  return {
    now: () => Date.now(),
    ticks: () => performance.now(),
    random: () => Math.random(),
    setTimeout: (action, ms) => setTimeout(action, ms),
    clearTimeout: (timer) => clearTimeout(timer as number),
    fetch: (input, init) => fetch(input, init),
    storage: (kind) => (kind === "tab" ? sessionStorage : localStorage),
    locks: globalThis.navigator?.locks,
    on(event, listener) {
      const target = event === "visibilitychange" ? document : window;
      target.addEventListener?.(event, listener);
      return () => target.removeEventListener?.(event, listener);
    },
    isVisible: () => document.visibilityState === "visible",
  };
}
