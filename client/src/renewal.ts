import type { AcsTokenError } from "./errors.js";
import { Failures } from "./failures.js";
import type { Identity } from "./identity.js";
import type { Platform } from "./platform.js";
import type { Kept } from "./record.js";
import { Alarm } from "./schedule.js";

/** Gets the tokens of one identity, with one request at a time, and renews them ahead of their end. */
export class Renewal {
  readonly identity: Identity;
  readonly #failures: Failures;
  readonly #alarm: Alarm;
  readonly #changed: () => void;
  #opening: Promise<void> | undefined;
  #flight: Promise<void> | undefined;
  #isKept = false;

  /** @param changed Is called after every change of what `identity`, `error` and `isBusy` say. */
  constructor(platform: Platform, identity: Identity, changed: () => void) {
    this.identity = identity;
    this.#failures = new Failures(platform);
    this.#alarm = new Alarm(platform, (woken) => this.#ring(woken));
    this.#changed = changed;
  }

  /** Why there is no token, or why it could not be renewed. */
  get error(): AcsTokenError | undefined {
    return this.identity.end ?? this.#failures.error;
  }

  get isBusy(): boolean {
    return !!this.#flight;
  }

  /** Renews the token by itself from now on. */
  start(): void {
    this.#isKept = true;
    this.#alarm.start();
    void this.open().then(() => this.#ring(false));
  }

  stop(): void {
    this.#isKept = false;
    this.#alarm.stop();
  }

  /** Continues an earlier page load, the first time that it is called. */
  open(): Promise<void> {
    return (this.#opening ??= this.identity.open().then(this.#changed));
  }

  /**
   * Returns a token that is good, at once if there is one.
   *
   * @param fresh Ask the service in any case.
   * @throws AcsTokenError
   */
  async token(fresh: boolean): Promise<Kept> {
    await this.open();
    if (this.identity.end) throw this.identity.end;
    const { error, isBlocked } = this.#failures;
    if (fresh || !this.identity.life) {
      if (error && (isBlocked || !(fresh || error.transient))) throw error;
      if (fresh) this.#failures.error = undefined;
      await this.#attempt();
    } else this.#renewIfDue();
    return this.identity.kept as Kept;
  }

  /** Waits for a renewal that is under way, or that it is time for. The token may stay the same. */
  async ahead(): Promise<void> {
    await this.open();
    if (!this.identity.life) return;
    this.#renewIfDue();
    await this.#flight?.catch(() => {});
  }

  /** Another tab has got a token. */
  adopted(): void {
    this.#failures.clear();
    this.check();
  }

  /** The identity's token is another one, or none. */
  check(): void {
    this.#changed();
    this.#ring(false);
  }

  #renewIfDue(): void {
    const { life, untilRenewal, end } = this.identity;
    const isDue = !(life && untilRenewal);
    if (isDue && !end && !this.#failures.pause) this.#attempt().catch(() => {});
  }

  #attempt(): Promise<void> {
    if (this.#flight) return this.#flight;
    this.#flight = this.#try();
    this.#changed();
    return this.#flight;
  }

  async #try(): Promise<void> {
    try {
      await this.identity.renew();
      this.#failures.clear();
    } catch (error) {
      this.#failures.add(error as AcsTokenError);
      throw error;
    } finally {
      this.#flight = undefined;
      this.#changed();
      this.#schedule();
    }
  }

  /** It is time for something, or the page woke up: then only the service's own wish counts. */
  #ring(woken: boolean): void {
    if (this.#flight || !this.#isKept) return;
    if (woken) this.#failures.hurry();
    this.#renewIfDue();
    if (this.#flight) return;
    this.#changed();
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#isKept || this.identity.end) return;
    const { life, untilRenewal } = this.identity;
    const next = Math.max(untilRenewal, this.#failures.pause);
    // The state changes when the token ends.
    const wait = life ? Math.min(next, life) : next;
    if (wait < Number.POSITIVE_INFINITY) this.#alarm.set(wait);
  }
}
