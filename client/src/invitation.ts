import type { GuestOptions } from "./options.js";
import { tried } from "./record.js";
import { isServer } from "./time.js";

const NAME = "invitation=";

// The address has it once, and StrictMode renders a component twice.
let taken: string | undefined;

/**
 * Moves the invitation from the page's address, `#invitation=…`, to the options of `guestTokens`.
 *
 * It leaves the address bar at once; the rest of the fragment stays. Until the service has issued a
 * token, sessionStorage keeps it, so that a page load after a failed one sends it again; with
 * `keep: "memory"` nothing does. Without an invitation, and on a server, the options are as they were.
 *
 * @param options For `guestTokens`; their `fetch` is used.
 */
export function withInvitation(options: GuestOptions): GuestOptions {
  if (isServer) return options;
  const { api, keep, fetch: request } = options;
  const key = `acs-tokens-invitation:${api}`;
  const found = takeFromAddress();
  if (found) {
    taken = found;
    if (keep !== "memory") tried(() => sessionStorage.setItem(key, found));
  }
  const invitation = taken ?? tried(() => sessionStorage.getItem(key));
  if (!invitation) return options;
  const sending: typeof fetch = async (url, init) => {
    const response = await (request ?? fetch)(url, init);
    const fields = (await response.clone().json().catch(() => {})) as { token?: string } | undefined;
    if (fields?.token) tried(() => sessionStorage.removeItem(key));
    return response;
  };
  return { ...options, invitation, fetch: sending };
}

/** Takes the invitation out of the address; it needs no decoding, as it is made for addresses. */
function takeFromAddress(): string | undefined {
  const parts = location.hash.slice(1).split("&");
  const found = parts.find((part) => part.startsWith(NAME));
  if (found === undefined) return undefined;
  const rest = parts.filter((part) => !part.startsWith(NAME)).join("&");
  const address = location.href.replace(/#.*/, () => rest && `#${rest}`);
  tried(() => history.replaceState(history.state, "", address)); // the state is the router's
  return found.slice(NAME.length);
}
