import type { Keep } from "./record.js";

/** What a token allows; docs/api.md explains each. */
export type AcsScope = "chat" | "chat.join" | "chat.join.limited" | "voip" | "voip.join";

/** What guests and signed-in users have in common. */
export interface Options {
  /** The service's address with its prefix, such as `https://my-tokens.azurewebsites.net/api`. */
  readonly api: string | URL;
  /** What the tokens allow; without it the service's default, which is `voip`. */
  readonly scopes?: readonly AcsScope[];
  /**
   * Where the identity is kept across page loads: `tab`, the default, in sessionStorage; `browser`
   * in localStorage, so that all tabs have one identity; `memory` nowhere.
   */
  readonly keep?: Keep;
  /** Is used instead of the browser's `fetch`. */
  readonly fetch?: typeof fetch;
}

/** Options of a page whose visitors have not signed in. */
export interface GuestOptions extends Options {
  /** Is sent with the request for a new guest; a guest who is known needs none. */
  readonly invitation?: string | undefined;
}

/** Options of a page whose user has signed in, with Entra or with another OpenID Connect provider. */
export interface SignedInOptions extends Options {
  /** Who has signed in; in MSAL.js `homeAccountId`. What is kept of different people never mixes. */
  readonly account: string;
  /**
   * Gives the provider's access token for the service. An error with the name
   * `InteractionRequiredAuthError`, as MSAL.js throws it, says that only the user can go on.
   *
   * @param renew The service refused the last one; in MSAL.js `forceRefresh`.
   */
  readonly accessToken: (renew: boolean) => Promise<string>;
  /** Tokens of the Teams user that the person is, instead of the person's own identity. */
  readonly teams?: boolean;
}
