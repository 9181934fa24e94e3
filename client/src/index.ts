import { type AnyOptions, callerOf } from "./caller.js";
import type { GuestOptions, SignedInOptions } from "./options.js";
import { newSource } from "./source.js";
import { isServer } from "./time.js";
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
  return sourceOf(options);
}

/**
 * The tokens of a user who has signed in with Entra.
 *
 * Equal options give the same source, which uses the `accessToken` that it was given last.
 */
export function signedInTokens(options: SignedInOptions): AcsTokenSource {
  return sourceOf(options);
}

interface Entry {
  readonly source: AcsTokenSource;
  readonly options: AnyOptions;
}

const entries = new Map<string, Entry>();

function sourceOf(given: AnyOptions): AcsTokenSource {
  const options = { ...given };
  const { keep = "tab" } = options;
  const caller = callerOf(options);
  const id = keep + caller.key;
  const known = entries.get(id);
  if (known) Object.assign(known.options, given);
  const entry = known ?? { options, source: newSource(caller, keep) };
  if (!isServer) entries.set(id, entry);
  return entry.source;
}
