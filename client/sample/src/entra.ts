// Signs users in with MSAL.js, at Entra or at the local emulator of it.
import { AcsTokenError } from "@acs-tokens/client";
import { createStandardPublicClientApplication } from "@azure/msal-browser";
import { API, type Person } from "./people";

const { VITE_METADATA, VITE_CLIENT_ID: clientId = "acc50000-0000-4000-8000-000000000005" } = import.meta.env;
const scopes = [`api://${clientId}/Acs.Token`];
let started: ReturnType<typeof start> | undefined;

async function start() {
  // Over http: the browser meets the emulator's certificate only when the user signs in.
  const response = await fetch(VITE_METADATA ?? new URL("/local/openid-configuration", API)).catch(() => undefined);
  if (!response?.ok) throw new AcsTokenError("network", { status: response?.status ?? 0 });
  const metadata = await response.json();
  const authority: string = metadata.authorization_endpoint.replace(/\/oauth2\/.*/, "");
  const knownAuthorities = [new URL(authority).host];
  const page = location.origin + location.pathname;
  const addresses = { redirectUri: page, postLogoutRedirectUri: page };
  const auth = { clientId, authority, knownAuthorities, ...addresses, authorityMetadata: JSON.stringify(metadata) };
  const msal = await createStandardPublicClientApplication({ auth });
  const result = await msal.handleRedirectPromise({ navigateToLoginRequestUrl: false }); // also after a sign-out
  return { msal, result };
}

function client() {
  started ??= start();
  started.catch(() => (started = undefined)); // the next click tries again
  return started;
}

/** Leaves the page. `claims`: what a refusal asks for. */
export async function signIn(claims?: string) {
  const extra = claims ? { claims } : { prompt: "select_account" };
  await (await client()).msal.loginRedirect({ scopes, state: location.search, ...extra });
}

/** Ends the sign-in, on the page that the user comes back to. */
export async function finishSignIn(): Promise<Person | undefined> {
  const { result } = await client();
  history.replaceState(null, "", location.pathname + (result?.state ?? ""));
  return result ? { name: result.account.name ?? "", account: result.account.homeAccountId } : undefined;
}

export async function accessToken(homeAccountId: string, forceRefresh: boolean) {
  const { msal } = await client();
  const account = msal.getAccount({ homeAccountId }) ?? undefined;
  return (await msal.acquireTokenSilent({ account, scopes, forceRefresh })).accessToken;
}

/** Leaves the page: ends the session at Entra, and what this tab keeps of the user. */
export async function signOut(homeAccountId: string) {
  const { msal } = await client();
  const account = msal.getAccount({ homeAccountId });
  sessionStorage.clear();
  await msal.logoutRedirect({ account });
}
