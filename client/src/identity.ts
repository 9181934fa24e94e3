import type { Caller } from "./caller.js";
import { AcsTokenError } from "./errors.js";
import type { Platform } from "./platform.js";
import type { Keep, Kept, Store } from "./record.js";
import { renewalAfter } from "./schedule.js";
import { Span } from "./span.js";
import { alone, type Seat } from "./tabs.js";

const SPARE_MS = 30_000; // a token that ends sooner is not handed out

/** What an identity works with. */
export interface Surroundings {
  readonly platform: Platform;
  readonly caller: Caller;
  readonly keep: Keep;
  readonly store: Store;
  /** Only where a tab is a guest of its own. */
  readonly seat: Seat | undefined;
}

/**
 * One identity and its token.
 *
 * Once it has been given out it never changes: a token of another identity is refused.
 */
export class Identity {
  readonly #with: Surroundings;
  #kept: Kept | undefined;
  #givenOut: string | undefined;
  #life: Span;
  #untilRenewal: Span;

  /** What ended it; nothing that arrives later counts. */
  end: AcsTokenError | undefined;

  constructor(surroundings: Surroundings) {
    this.#with = surroundings;
    this.#life = this.#untilRenewal = new Span(surroundings.platform, 0);
  }

  /** The last token, which may have ended. */
  get kept(): Kept | undefined {
    return this.#kept;
  }

  /** How long its token may still be handed out, in milliseconds. */
  get life(): number {
    return this.#life.left;
  }

  /** When its token should be renewed, in milliseconds from now. */
  get untilRenewal(): number {
    return this.#untilRenewal.left;
  }

  /** Continues what an earlier page load kept. A copy of a tab begins with nothing. */
  async open(): Promise<void> {
    const { store, seat } = this.#with;
    const kept = store.read();
    if (kept && seat && !(await seat.isOurs(kept.seat))) return store.clear();
    if (kept && !this.end) this.#use(kept);
  }

  /**
   * Gets the next token: from another tab, or from the service.
   *
   * @throws AcsTokenError
   */
  renew(): Promise<void> {
    const { platform, keep, caller } = this.#with;
    return keep === "browser" ? alone(platform, caller.key, () => this.#exchange()) : this.#exchange();
  }

  /** Takes over what another tab has got; returns false if it is of another identity. */
  adopt(kept: Kept): boolean {
    if (this.#givenOut && kept.userId !== this.#givenOut) return false;
    this.#use(kept);
    return true;
  }

  /** Treats the token as ended, here and in other tabs. */
  spend(): void {
    if (!this.#kept) return;
    this.#use({ ...this.#kept, since: this.#with.platform.now(), lifetime: 0 });
    this.#with.store.write(this.#kept);
  }

  async #exchange(): Promise<void> {
    const { store, seat } = this.#with;
    const newer = this.#inStore();
    if (newer && newer.since > (this.#kept?.since ?? 0) && this.adopt(newer)) return;
    const got = await this.#ask();
    if (this.end) throw this.end;
    if (this.#givenOut && got.userId !== this.#givenOut)
      throw new AcsTokenError("identity-changed", "The service gave a token of another identity.");
    const there = this.#inStore(); // a tab that did not wait for the lock may have been first
    const isOther = there && there.userId !== got.userId;
    if (isOther && this.adopt(there)) return;
    this.#use({ ...got, seat: seat?.id });
    if (!isOther) store.write(this.#kept as Kept);
  }

  async #ask(): Promise<Kept> {
    const { platform, caller } = this.#with;
    const handle = this.#kept?.handle;
    try {
      return await caller.token(platform, handle);
    } catch (error) {
      const isOver = handle && (error as AcsTokenError).code === "unauthorized";
      if (!isOver || this.#givenOut) throw error;
      return caller.token(platform, undefined); // nobody has seen the guest of an earlier load yet
    }
  }

  /** What other tabs share with this one, if its token is good. */
  #inStore(): Kept | undefined {
    const kept = this.#with.keep === "browser" ? this.#with.store.read() : undefined;
    return kept && this.#lifeOf(kept).left ? kept : undefined;
  }

  #use(kept: Kept): void {
    const { platform } = this.#with;
    this.#kept = kept;
    this.#life = this.#lifeOf(kept);
    this.#untilRenewal = new Span(platform, renewalAfter(kept.lifetime, platform.random()), kept.since);
    if (this.life) this.#givenOut = kept.userId;
  }

  #lifeOf(kept: Kept): Span {
    return new Span(this.#with.platform, kept.lifetime - SPARE_MS, kept.since);
  }
}
