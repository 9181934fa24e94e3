import type { AcsTokenError } from "./errors.js";
import type { Platform } from "./platform.js";
import { backoff } from "./schedule.js";
import { Span } from "./span.js";

/** The failures since the last success, and when the next attempt may be. */
export class Failures {
  readonly #platform: Platform;
  #count = 0;
  #asked: Span | undefined; // by the service
  #pause: Span | undefined;

  /** The last one. */
  error: AcsTokenError | undefined;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  add(error: AcsTokenError): void {
    const least = (error.retryAfter ?? 0) * 1_000;
    this.error = error;
    this.#count += 1;
    this.#asked = new Span(this.#platform, least);
    this.#pause = new Span(this.#platform, backoff(this.#count, least, this.#platform.random()));
  }

  clear(): void {
    this.error = this.#asked = this.#pause = undefined;
    this.#count = 0;
  }

  /** Whether the service wants to be left alone. */
  get isBlocked(): boolean {
    return !!this.#asked?.left;
  }

  /** Ends the pause, as far as the service allows. */
  hurry(): void {
    this.#pause = this.#asked;
  }

  /** How long to wait before the source tries by itself, in milliseconds; Infinity: not at all. */
  get pause(): number {
    if (!this.error) return 0;
    return this.error.transient ? (this.#pause?.left ?? 0) : Number.POSITIVE_INFINITY;
  }
}
