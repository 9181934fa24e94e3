import type { Platform } from "./platform.js";

/**
 * A length of time that runs out, whatever happens to the device's clock.
 *
 * The clock tells of time that the device slept. The ticks tell of time that a clock which was set
 * back hides. The shorter rest counts.
 */
export class Span {
  readonly #platform: Platform;
  readonly #endOfClock: number;
  readonly #endOfTicks: number;

  /**
   * @param ms How long it is.
   * @param since When it began, by the device's clock. A span of the future has run out: the clock
   *   was set back since then.
   */
  constructor(platform: Platform, ms: number, since: number = platform.now()) {
    const now = platform.now();
    const rest = since > now ? 0 : since + ms - now;
    this.#platform = platform;
    this.#endOfClock = now + rest;
    this.#endOfTicks = platform.ticks() + rest;
  }

  /** The milliseconds that are left; 0 when it has run out. */
  get left(): number {
    const { now, ticks } = { now: this.#platform.now(), ticks: this.#platform.ticks() };
    return Math.max(0, Math.min(this.#endOfClock - now, this.#endOfTicks - ticks));
  }
}
