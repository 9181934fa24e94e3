// A page whose user signs in with MSAL.js. sign-in.mjs bundles it, and gives it its settings.
import { PublicClientApplication } from "@azure/msal-browser";

const { authority, clientId, scope } = window.settings;
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
  window.seen = { authority, account: signedIn.account, signedIn, cached, refreshed };
  window.signOut = () => client.logoutRedirect({ account: signedIn.account });
} else if (!sessionStorage.getItem("signing in")) {
  sessionStorage.setItem("signing in", "yes");
  await client.loginRedirect({ scopes: [scope], prompt: "select_account" });
} else {
  window.signedOut = client.getAllAccounts().length === 0;
}
