import { toToken } from "./record.js";
import type { Renewal } from "./renewal.js";
import type { AcsTokenState } from "./types.js";

/**
 * What a page may show of an identity.
 *
 * A device that slept finds its token ended; the identity stays ready while the next one comes.
 */
export function stateOf({ kept, known, life, end, error, flight }: Renewal): AcsTokenState {
  if (kept && known && !end && (life() || (flight && !error))) {
    const { token, ...rest } = toToken(kept);
    return { status: "ready", ...rest, error };
  }
  return { status: error ? "failed" : flight ? "loading" : "idle", error } as AcsTokenState;
}
