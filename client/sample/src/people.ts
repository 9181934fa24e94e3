// Who uses the page. A reload keeps that and costs no request: a library for sign-in is loaded only when it is needed.
import { guestTokens, signedInTokens } from "@acs-tokens/client";
import { withInvitation } from "@acs-tokens/client/invitation";

export type Person = { name: string; account?: string }; // the account's id; guests have none
export const API: string = import.meta.env.VITE_API ?? "http://localhost:7071/api";
const KEY = "acs-tokens-sample";
const options = { api: API, scopes: ["voip"] } as const;
const guestOptions = withInvitation(options); // at once, so that the invitation leaves the address bar

export const remember = (person?: Person) => (sessionStorage.setItem(KEY, JSON.stringify(person ?? null)), person);

/** The module for Entra or the one for other providers, each with a library of its own. */
const provider = () => (import.meta.env.VITE_ISSUER ? import("./openid") : import("./entra"));
export const signIn = async (claims?: string) => (await provider()).signIn(claims);
export const signOut = async (account: string) => (await provider()).signOut(account);

/** Returns who was here before the reload, or comes back from the sign-in. */
export async function arrive(): Promise<Person | undefined> {
  if (/[#&]state=/.test(location.hash)) remember(await (await provider()).finishSignIn());
  return JSON.parse(sessionStorage.getItem(KEY) ?? "null") ?? undefined;
}

export function tokensOf({ account }: Person) {
  if (!account) return guestTokens(guestOptions);
  const accessToken = async (renew: boolean) => (await provider()).accessToken(account, renew);
  return signedInTokens({ ...options, account, accessToken });
}
