import type { Caller } from "./caller.js";
import { AcsTokenError } from "./errors.js";
import type { Kept, Store } from "./record.js";
import { alone, type Seat } from "./tabs.js";
import { type Left, span } from "./time.js";
import { issued } from "./wire.js";

const enum Ms {
  Spare = 30_000, // a token that ends sooner is not handed out
}

/** Where an identity's tokens come from. */
export interface Surroundings {
  readonly caller: Caller;
  /** Whether all tabs have one identity. */
  readonly isShared: boolean;
  readonly store: Store;
  /** Only where a tab is a guest of its own. */
  readonly seat: Seat | undefined;
}

/** One identity. Once it has been given out it never changes. */
export interface Identity {
  /** Its last token, which may have ended. */
  readonly kept?: Kept | undefined;
  /** Its id, once anybody may have seen it. */
  readonly known?: string | undefined;
  /** What ended it; nothing that arrives later counts. */
  readonly end?: AcsTokenError | undefined;
}

/** Returns how long a token may still be handed out. */
export function lifeOf({ lifetime, since }: Kept): Left {
  return span(lifetime - Ms.Spare, since);
}

/** Returns what an earlier page load kept. A copy of a tab begins with nothing. */
export async function reopen({ store, seat }: Surroundings): Promise<Kept | undefined> {
  const kept = store.read();
  if (!kept || !seat) return kept;
  const isOurs = !kept.seat || (await seat.take(kept.seat));
  const ours = isOurs ? { ...kept, seat: seat.id() } : undefined;
  store.write(ours);
  return ours;
}

/**
 * Gets an identity's next token: from another tab, or from the service.
 *
 * @throws AcsTokenError
 */
export function next({ caller, isShared, store, seat }: Surroundings, identity: Identity): Promise<Kept> {
  const { since: last = 0 } = identity.kept ?? {}; // later, the page may have heard of another tab's

  /** What another tab has got since. */
  const newer = (): Kept | undefined => {
    const kept = isShared ? store.read() : undefined;
    return kept && kept.since > last && isOf(identity, kept) && lifeOf(kept)() ? kept : undefined;
  };

  const ask = async (handle = identity.kept?.handle): Promise<Kept> => {
    const since = Date.now();
    try {
      return issued(await caller.ask("/token", handle), since, handle);
    } catch (error) {
      if (!handle || identity.known || (error as AcsTokenError).code !== "unauthorized") throw error;
      return ask(""); // nobody has seen the guest of an earlier load yet
    }
  };

  const exchange = async (): Promise<Kept> => {
    const there = newer();
    if (there) return there;
    const got = await ask();
    if (identity.end) throw identity.end;
    if (!isOf(identity, got)) throw new AcsTokenError("identity-changed");
    // A tab that did not wait for the lock may have been first.
    const kept = (!identity.known && newer()) || { ...got, seat: seat?.id() };
    store.write(kept);
    return kept;
  };

  return isShared ? alone(caller.key, exchange) : exchange();
}

/** Whether a token is of the identity, or of any while nobody has seen which one it is. */
export function isOf({ known }: Identity, { userId }: Kept): boolean {
  return (known ?? userId) === userId;
}
