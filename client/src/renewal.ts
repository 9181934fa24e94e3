import type { AcsTokenError } from "./errors.js";
import { type Kept, toToken } from "./record.js";
import { type Alarm, backoff, renewalAfter, startAlarm } from "./schedule.js";
import { type Identity, lifeOf, next, reopen, type Surroundings } from "./supply.js";
import { type Left, span } from "./time.js";
import type { AcsToken } from "./types.js";

const enum Ms {
  Never = 1_000_000_000, // eleven days; a time-out of more than 24 ends at once in browsers
}

/** Gets the tokens of one identity, with one request at a time, and renews them ahead of their end. */
export interface Renewal extends Identity {
  /** How long the token may still be handed out. */
  readonly life: Left;
  /** Why there is no token, or why it could not be renewed. */
  readonly error?: AcsTokenError | undefined;
  /** The request that is under way. */
  readonly flight?: Promise<void> | undefined;
  /** Renews the token by itself from now on. */
  start(): void;
  stop(): void;
  /** Continues an earlier page load, the first time that it is called. */
  open(): Promise<void>;
  /**
   * Returns a token that is good, at once if there is one.
   *
   * @param fresh Ask the service in any case.
   * @throws AcsTokenError
   */
  token(fresh?: boolean): Promise<AcsToken>;
  /** Goes on with a token that another tab has got, or that it has ended. */
  take(kept: Kept): void;
  /** Ends the token, which was revoked, here and for other tabs and page loads. The identity stays. */
  spend(): void;
  /** Ends the identity: whoever holds its credential gets no token any more. */
  finish(error: AcsTokenError): void;
}

/** @param changed Is called after every change of `kept`, `error` or `flight`. */
export function newRenewal(surroundings: Surroundings, changed: () => void): Renewal {
  let opening: Promise<void> | undefined;
  let alarm: Alarm | undefined;
  let failures = 0;
  let due = span(0); // when the token should be renewed
  let asked = span(0); // how long the service wants to be left alone
  let pause = span(0); // how long the source does nothing by itself after a failure

  const use = (kept: Kept): void => {
    if (it.end) return;
    it.kept = kept;
    it.life = lifeOf(kept);
    due = span(renewalAfter(kept.lifetime), kept.since);
    if (!it.life()) return;
    it.known = kept.userId;
    it.error = undefined;
    failures = 0;
  };

  const request = async (): Promise<void> => {
    try {
      use(await next(surroundings, it));
    } catch (error) {
      it.error = it.end ?? (error as AcsTokenError);
      if (it.error.code === "banned") it.spend(); // a ban revokes the tokens
      const least = (it.error.retryAfter ?? 0) * 1_000;
      asked = span(least);
      pause = span(backoff(++failures, least));
      throw error;
    } finally {
      it.flight = undefined;
      proceed();
    }
  };

  const attempt = (): Promise<void> => {
    it.flight ??= request();
    changed();
    return it.flight;
  };

  /** How long to wait for the next attempt. */
  const wait = (): number => {
    if (!it.error) return it.life() && due();
    return it.error.transient ? pause() : Ms.Never;
  };

  const renewIfDue = (): void => {
    if (!it.end && !wait()) attempt().catch(() => {});
  };

  /** Shows what is, and waits for what is next: a renewal, or the token's end, which is shown. */
  const proceed = (): void => {
    changed();
    if (!it.flight) alarm?.set(Math.min(wait(), it.life() || Ms.Never));
  };

  const ring = (woken?: boolean): void => {
    if (woken) pause = asked; // only the service's own wish counts now
    renewIfDue();
    proceed();
  };

  const it: { -readonly [name in keyof Renewal]: Renewal[name] } = {
    life: span(0),
    start() {
      alarm = startAlarm(ring);
      void it.open().then(proceed);
    },
    stop() {
      alarm?.stop();
      alarm = undefined;
    },
    open: () =>
      (opening ??= reopen(surroundings).then((kept) => {
        if (kept) use(kept);
        changed();
      })),
    async token(fresh) {
      await it.open();
      if (it.end) throw it.end;
      const { error } = it;
      if (fresh || !it.life()) {
        if (error && (asked() || !(fresh || error.transient))) throw error;
        if (fresh) it.error = undefined;
        await attempt();
      } else renewIfDue();
      return toToken(it.kept as Kept);
    },
    take(kept) {
      use(kept);
      proceed();
    },
    spend() {
      if (!it.kept || it.end) return;
      const spent = { ...it.kept, lifetime: 0 };
      surroundings.store.write(spent);
      it.take(spent);
    },
    finish(error) {
      it.end = it.error = error;
      it.stop();
      changed();
    },
  };
  return it;
}
