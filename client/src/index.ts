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
export const guestTokens: (options: GuestOptions) => AcsTokenSource = sourceOf;

/**
 * The tokens of a user who has signed in.
 *
 * Equal options give the same source, which uses the `accessToken` that it was given last.
 */
export const signedInTokens: (options: SignedInOptions) => AcsTokenSource = sourceOf;

const entries = new Map<string, readonly [AcsTokenSource, AnyOptions]>();

function sourceOf(given: AnyOptions): AcsTokenSource {
  const options = { ...given };
  const { keep = "tab" } = options;
  const caller = callerOf(options);
  const id = keep + caller.key;
  const entry = entries.get(id) ?? [newSource(caller, keep), options];
  const [source, known] = entry;
  Object.assign(known, given);
  if (!isServer) entries.set(id, entry);
  return source;
}
