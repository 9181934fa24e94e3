// A page whose user signs in with MSAL.js. sign-in.mjs bundles it and puts SETTINGS in.
import { PublicClientApplication } from "@azure/msal-browser";

const { authority, clientId, scope } = SETTINGS;
const client = new PublicClientApplication({
  auth: {
    authority,
    clientId,
    knownAuthorities: [new URL(authority).host],
    redirectUri: `${location.origin}/`,
  },
});
await client.initialize();
const signedIn = await client.handleRedirectPromise();

if (signedIn) {
  const request = { account: signedIn.account, scopes: [scope] };
  const cached = await client.acquireTokenSilent(request);
  const refreshed = await client.acquireTokenSilent({ ...request, forceRefresh: true });
  window.seen = { account: signedIn.account, signedIn, cached, refreshed };
  window.signOut = () => client.logoutRedirect({ account: signedIn.account });
} else if (!sessionStorage.getItem("signing in")) {
  sessionStorage.setItem("signing in", "yes");
  await client.loginRedirect({ scopes: [scope], prompt: "select_account" });
} else {
  window.signedOut = client.getAllAccounts().length === 0;
}
