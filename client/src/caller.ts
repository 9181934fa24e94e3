import { AcsTokenError } from "./errors.js";
import type { GuestOptions, SignedInOptions } from "./options.js";
import { isServer } from "./time.js";
import { type Fields, inTime, send } from "./wire.js";

/** What can be asked of the service: the end of the route's path. Without one, the identity's end. */
export type Action = "/token" | "/revoke" | "";

/** Who asks the service, and how. */
export interface Caller {
  /** Tells the records of different callers apart. */
  readonly key: string;
  readonly isGuest: boolean;
  /**
   * Asks for a token, for the end of all tokens, or for the end of the identity.
   *
   * @param handle The guest's; without it, `/token` makes a new guest.
   * @throws AcsTokenError
   */
  ask(action: Action, handle: string | undefined): Promise<Fields>;
}

/** A caller by its options: a visitor, or an account that has signed in. */
export type AnyOptions = GuestOptions & Partial<SignedInOptions>;

/** @param options May get another `fetch`, `accessToken` and `invitation` later. */
export function callerOf(options: AnyOptions): Caller {
  const { api, scopes, account, teams } = options;
  const address = `${api}`.replace(/\/+$/, "");
  const root = address + (teams ? "/me/teams" : account ? "/me" : "/guest");

  const request = async (action: Action, signal: AbortSignal, handle?: string, renew = false): Promise<Fields> => {
    const headers: Record<string, string> = {};
    let body: string | null = null;
    let path: string = action;
    if (account) {
      headers.Authorization = `Bearer ${await providerToken(options, renew)}`;
      if (action === "/token" && scopes && !teams) {
        headers["Content-Type"] = "application/json";
        body = JSON.stringify({ scopes });
      }
    } else if (handle) {
      headers["X-Guest-Handle"] = handle;
      if (action === "/token") path += "/refresh";
    } else {
      // Without an invitation there is no header and no body, so the browser sends no preflight.
      if (options.invitation) headers["X-Invitation"] = options.invitation;
      if (scopes) path += `?scope=${scopes}`;
    }
    return send(options.fetch ?? fetch, root + path, {
      method: action ? "POST" : "DELETE",
      headers,
      body,
      signal,
    });
  };

  return {
    key: `acs-tokens:${[root, scopes, account]}`,
    isGuest: !account,
    async ask(action, handle) {
      if (isServer) throw new AcsTokenError("no-browser");
      // A Teams user is not ours to delete, and their tokens end with Entra's.
      if (teams && action !== "/token") throw new AcsTokenError("not-allowed");
      return inTime((signal) =>
        request(action, signal, handle).catch((error: AcsTokenError) => {
          if (!account || error.code !== "unauthorized") throw error;
          return request(action, signal, handle, true);
        }),
      );
    },
  };
}

async function providerToken({ accessToken }: AnyOptions, renew: boolean): Promise<string | undefined> {
  try {
    return await accessToken?.(renew);
  } catch (error) {
    const { name, claims } = error as { name?: string; claims?: string };
    // MSAL.js names the one error that the user must do something about.
    const isFinal = name === "InteractionRequiredAuthError";
    const code = isFinal ? "interaction-required" : "sign-in-failed";
    throw new AcsTokenError(code, { status: isFinal ? 401 : 0, cause: error, claims });
  }
}
