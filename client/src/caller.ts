import { AcsTokenError } from "./errors.js";
import type { GuestOptions, Options, SignedInOptions } from "./options.js";
import type { Platform } from "./platform.js";
import type { Issued } from "./record.js";
import { inTime, issued, send } from "./wire.js";

/** Who asks the service, and how. */
export interface Caller {
  /** Tells the records of different callers apart. */
  readonly key: string;
  readonly isGuest: boolean;
  /** Gets a token: of the guest of a handle, of a new guest, or of the person. */
  token(platform: Platform, handle: string | undefined): Promise<Issued>;
  /** Ends the identity's tokens. */
  revoke(platform: Platform, handle: string | undefined): Promise<void>;
  /** Deletes the identity. */
  remove(platform: Platform, handle: string | undefined): Promise<void>;
}

/** A visitor who has not signed in. */
export function guest(options: () => GuestOptions): Caller {
  const request = (platform: Platform, method: string, path: string, handle?: string) =>
    inTime(platform, (signal) =>
      send(options().fetch ?? platform.fetch, `${address(options())}/guest${path}`, {
        method,
        signal,
        // Without a header and a body, the browser sends no preflight.
        ...(handle && { headers: { "X-Guest-Handle": handle } }),
      }),
    );
  return {
    key: key("guest", options()),
    isGuest: true,
    async token(platform, handle) {
      const since = platform.now();
      const scopes = options().scopes ?? [];
      const query = scopes.length ? `?scope=${scopes.join()}` : "";
      const path = handle ? "/token/refresh" : `/token${query}`;
      const got = issued(await request(platform, "POST", path, handle), since);
      return { ...got, handle: got.handle ?? handle };
    },
    async revoke(platform, handle) {
      if (handle) await request(platform, "POST", "/revoke", handle);
    },
    async remove(platform, handle) {
      if (handle) await request(platform, "DELETE", "", handle);
    },
  };
}

/** A user who has signed in with Entra. */
export function signedIn(options: () => SignedInOptions): Caller {
  const attempt = async (
    platform: Platform, signal: AbortSignal, method: string, path: string, body: object | undefined, renew: boolean,
  ) => {
    const bearer = await options().accessToken(renew).catch(refused);
    const headers = {
      Authorization: `Bearer ${bearer}`,
      ...(body && { "Content-Type": "application/json" }),
    };
    const init = { method, signal, headers, ...(body && { body: JSON.stringify(body) }) };
    return send(options().fetch ?? platform.fetch, `${address(options())}/me${path}`, init);
  };
  const request = (platform: Platform, method: string, path: string, body?: object) =>
    inTime(platform, async (signal) => {
      try {
        return await attempt(platform, signal, method, path, body, false);
      } catch (error) {
        if ((error as AcsTokenError).code !== "unauthorized") throw error;
        return attempt(platform, signal, method, path, body, true);
      }
    });
  const { teams } = options();
  return {
    key: key(teams ? "teams" : "me", options(), options().account),
    isGuest: false,
    async token(platform) {
      const since = platform.now();
      const { scopes } = options();
      const fields = teams
        ? await request(platform, "POST", "/teams/token")
        : await request(platform, "POST", "/token", scopes && { scopes });
      return issued(fields, since);
    },
    async revoke(platform) {
      if (teams) throw new AcsTokenError("not-allowed", "A Teams user's tokens cannot be revoked.", { status: 403 });
      await request(platform, "POST", "/revoke");
    },
    async remove(platform) {
      // A Teams user is not ours to delete.
      if (!teams) await request(platform, "DELETE", "");
    },
  };
}

/** What accessToken() threw, as our error. MSAL.js names the one that the user must do something about. */
function refused(cause: { name?: unknown; claims?: unknown } | undefined): never {
  if (cause instanceof AcsTokenError) throw cause;
  const interactive = cause?.name === "InteractionRequiredAuthError";
  throw new AcsTokenError(
    interactive ? "interaction-required" : "sign-in-failed",
    interactive ? "The user must sign in again." : "The page got no Entra token.",
    { cause, claims: typeof cause?.claims === "string" ? cause.claims : undefined },
  );
}

function address(options: Options): string {
  return String(options.api).replace(/\/+$/, "");
}

function key(kind: string, options: Options, account?: string): string {
  return `acs-tokens:${JSON.stringify([kind, address(options), [...(options.scopes ?? [])].sort(), account])}`;
}
