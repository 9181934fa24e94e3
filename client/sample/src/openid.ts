// Signs users in with oidc-client-ts, at any OpenID Connect provider: authorization code with PKCE.
import { type ErrorResponse, UserManager } from "oidc-client-ts";
import type { Person } from "./people";

const { VITE_ISSUER: authority, VITE_CLIENT_ID: client_id, VITE_SCOPE, VITE_PARAMETERS } = import.meta.env;
const page = location.origin + location.pathname;
const manager = new UserManager({
  authority,
  client_id,
  redirect_uri: page,
  post_logout_redirect_uri: page,
  scope: VITE_SCOPE ?? "openid profile offline_access",
  extraQueryParams: Object.fromEntries(new URLSearchParams(VITE_PARAMETERS)), // such as Auth0's audience
  response_mode: "fragment", // which no server's log has
  automaticSilentRenew: false, // the client asks for a token when it needs one
});

/** Leaves the page. */
export const signIn = () => manager.signinRedirect({ state: location.search });

/** Ends the sign-in, on the page that the user comes back to. */
export async function finishSignIn(): Promise<Person> {
  const { profile, state } = await manager.signinRedirectCallback();
  history.replaceState(null, "", location.pathname + state);
  return { name: profile.name ?? profile.preferred_username ?? "", account: `${profile.iss} ${profile.sub}` };
}

export async function accessToken(_account: string, renew: boolean) {
  const user = await manager.getUser();
  if (user && !user.expired && !renew) return user.access_token;
  // Without a refresh token only a hidden frame is left, where most browsers block the provider's cookies.
  const renewed = user?.refresh_token && (await manager.signinSilent().catch(endOfSignIn));
  if (!renewed) throw endOfSignIn({ error: "login_required" });
  return renewed.access_token;
}

/** Tells the client with MSAL's name that only the user can go on; it repeats what fails in other ways. */
function endOfSignIn(cause: Partial<ErrorResponse>): never {
  const name = "InteractionRequiredAuthError";
  if (!/^invalid_grant$|_required$/.test(cause.error ?? "")) throw cause;
  throw Object.assign(new Error("The sign-in has ended."), { name, cause });
}

/** Leaves the page: ends the session at the provider, and what this tab keeps of the user. */
export async function signOut() {
  const user = await manager.getUser();
  sessionStorage.clear();
  await manager.signoutRedirect({ id_token_hint: user?.id_token });
}
