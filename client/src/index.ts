import { type Caller, guest, signedIn } from "./caller.js";
import type { GuestOptions, Options, SignedInOptions } from "./options.js";
import { page } from "./platform.js";
import { Store } from "./record.js";
import { serverSource } from "./server.js";
import { Source } from "./source.js";
import { Seat } from "./tabs.js";
import type { AcsTokenSource } from "./types.js";

export { AcsTokenError, type AcsTokenErrorCode, type ClientCode, type ErrorDetails } from "./errors.js";
export type { AcsScope, GuestOptions, Options, SignedInOptions } from "./options.js";
export type { ProblemCode } from "./problems.js";
export type { Keep } from "./record.js";
export type {
  AbortSignalLike,
  AcsAccessToken,
  AcsCredential,
  AcsToken,
  AcsTokenSource,
  AcsTokenState,
} from "./types.js";

/** The tokens of a visitor who has not signed in. Equal options give the same source. */
export function guestTokens(options: GuestOptions): AcsTokenSource {
  return source(options, guest);
}

/**
 * The tokens of a user who has signed in with Entra.
 *
 * Equal options give the same source, which uses the `accessToken` that it was given last.
 */
export function signedInTokens(options: SignedInOptions): AcsTokenSource {
  return source(options, signedIn);
}

interface Entry<T> {
  readonly source: AcsTokenSource;
  options: T;
}

const entries = new Map<string, Entry<never>>();

function source<T extends Options>(options: T, callerOf: (options: () => T) => Caller): AcsTokenSource {
  const platform = page();
  if (!platform) return serverSource;
  const { keep = "tab" } = options;
  let entry: Entry<T>;
  const caller = callerOf(() => entry?.options ?? options);
  const id = `${keep} ${caller.key}`;
  const known = entries.get(id) as Entry<T> | undefined;
  if (known) {
    known.options = options;
    return known.source;
  }
  const store = new Store(platform, keep, caller.key);
  const seat = keep === "tab" && caller.isGuest ? new Seat(platform) : undefined;
  entry = { options, source: new Source({ platform, caller, keep, store, seat }) };
  entries.set(id, entry as Entry<never>);
  return entry.source;
}
