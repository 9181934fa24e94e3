import type { Platform } from "./platform.js";

const PATIENCE_MS = 5_000;
const RELOAD_MS = 200; // until the page before has left its seat

/**
 * Does work that one tab at a time should do.
 *
 * The lock only saves requests: without it the work is done as well. So nobody waits longer than
 * five seconds, as a frozen tab may hold the lock for ever.
 */
export async function alone<T>(platform: Platform, name: string, work: () => Promise<T>): Promise<T> {
  let begun = false;
  const patience = abortAfter(platform, PATIENCE_MS);
  try {
    if (!platform.locks) return await work();
    return await platform.locks.request(name, { signal: patience.signal }, () => {
      begun = true;
      patience.stop();
      return work();
    });
  } catch (error) {
    if (begun || !platform.locks) throw error;
    return await work();
  } finally {
    patience.stop();
  }
}

/** A lock that a page holds while it lives, so that a copy of its tab can tell that it is a copy. */
export class Seat {
  readonly #platform: Platform;
  #id = "";
  #leave: () => void = () => {};

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** The name of this page's seat, once it has one. */
  get id(): string {
    if (!this.#id) void this.#take(this.#platform.random().toString(36).slice(2));
    return this.#id;
  }

  /** Whether a record is this page's: nobody else has its seat. Takes the seat then. */
  async isOurs(id = ""): Promise<boolean> {
    return id === this.#id || (!this.#id && (await this.#take(id)));
  }

  async #take(id: string): Promise<boolean> {
    this.#id = id;
    // A page that holds a lock could not be restored by the browser's back button.
    this.#platform.on("pagehide", () => this.#leave());
    this.#platform.on("pageshow", (event) => {
      if ((event as PageTransitionEvent).persisted) void this.#hold(id);
    });
    const isFree = await this.#hold(id);
    if (!isFree) this.#id = "";
    return isFree;
  }

  #hold(id: string): Promise<boolean> {
    const { locks } = this.#platform;
    if (!locks) return Promise.resolve(true); // a copy can't be told; a reload is more likely
    const patience = abortAfter(this.#platform, RELOAD_MS);
    return new Promise((resolve) => {
      const held = (): Promise<void> => {
        patience.stop();
        resolve(true);
        return new Promise((leave) => (this.#leave = leave));
      };
      locks
        .request(`acs-tokens:seat:${id}`, { signal: patience.signal }, held)
        .catch(() => resolve(!patience.signal.aborted));
    });
  }
}

function abortAfter(platform: Platform, ms: number): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const timer = platform.setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, stop: () => platform.clearTimeout(timer) };
}
