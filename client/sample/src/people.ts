// Who uses the page. A reload keeps that and costs no request: MSAL.js is loaded only when it is needed.
import { guestTokens, signedInTokens } from "@acs-tokens/client";

export type Person = { name: string; account?: string }; // MSAL's account id; guests have none
export const API: string = import.meta.env.VITE_API ?? "http://localhost:7071/api";
const KEY = "acs-tokens-sample";

export const remember = (person?: Person) => (sessionStorage.setItem(KEY, JSON.stringify(person ?? null)), person);

/** Returns who was here before the reload, or comes back from the sign-in. */
export async function arrive(): Promise<Person | undefined> {
  if (/[#&]state=/.test(location.hash)) remember(await (await import("./sign-in")).finishSignIn());
  return JSON.parse(sessionStorage.getItem(KEY) ?? "null") ?? undefined;
}

export const signIn = async (claims?: string) => (await import("./sign-in")).signIn(claims);

export function tokensOf({ account }: Person) {
  const options = { api: API, scopes: ["voip"] } as const;
  if (!account) return guestTokens(options);
  const accessToken = async (renew: boolean) => (await import("./sign-in")).accessToken(account, renew);
  return signedInTokens({ ...options, account, accessToken });
}
