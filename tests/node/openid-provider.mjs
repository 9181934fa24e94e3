// A real OpenID Connect provider, and a page whose user signs in there: authorization code with
// PKCE, in a real browser. Arguments: Chromium, a TLS certificate and its key.
// Prints {issuer, page}; then reads the address of the API from its input, lets a user sign in once
// for each audience, and once from the local page. Prints {replies, local}: what the API responded
// to the page, and what the local page showed.
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { inBrowser } from "./chromium.mjs";
import { serveProvider } from "./provider.mjs";

const [executablePath, certificate, key] = process.argv.slice(2);
const ALGORITHMS = ["RS256", "PS256", "ES256"];
const AUDIENCE = "https://tokens.contoso.example/"; // and the algorithm
const SCOPE = "acs.token";

// The page keeps its verifier in the session, as every library for pages does.
async function signIn(issuer, audience, scope, api) {
  const base64url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const redirect = `${location.origin}/`;
  const document = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const code = new URLSearchParams(location.search).get("code");
  if (!code) {
    const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    sessionStorage.setItem("verifier", verifier);
    location.href = `${document.authorization_endpoint}?${new URLSearchParams({
      client_id: "page", response_type: "code", redirect_uri: redirect, scope: `openid ${scope}`,
      resource: audience, code_challenge: base64url(hash), code_challenge_method: "S256",
    })}`;
    return null;
  }
  const body = new URLSearchParams({
    client_id: "page", grant_type: "authorization_code", code, redirect_uri: redirect,
    code_verifier: sessionStorage.getItem("verifier"), resource: audience,
  });
  const tokens = await (await fetch(document.token_endpoint, { method: "POST", body })).json();
  const response = await fetch(`${api}/me/token`, {
    method: "POST",
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  });
  return { status: response.status, ...(await response.json()) };
}

const pages = createServer((request, response) => {
  response.setHeader("Content-Type", "text/html");
  response.end("<!doctype html><title>page</title>");
});
pages.listen(0, "localhost");
await once(pages, "listening");
const page = `http://localhost:${pages.address().port}`;
const apis = { algorithms: ALGORITHMS, audience: AUDIENCE, scope: SCOPE };
const issuer = await serveProvider({ certificate, key, page: `${page}/`, ...apis });

console.log(JSON.stringify({ issuer, page }));
const lines = createInterface({ input: process.stdin });
const [api] = await once(lines, "line");
lines.close();

async function signInFromLocalPage(tab) {
  await tab.goto(new URL("/", api).href);
  await tab.getByRole("radio", { name: "Signed in" }).check();
  const link = tab.getByRole("link", { name: `Sign in with ${issuer.slice("https://".length)}` });
  const [back] = await Promise.all([tab.context().waitForEvent("page"), link.click()]);
  // The provider asks before it lets a native client in.
  await back.waitForURL(/\/interaction\//);
  await back.getByRole("button").click();
  await back.waitForURL(new URL("/", api).href);
  await back.getByRole("button", { name: "Generate" }).click();
  await back.locator("#verdict", { hasText: "not verified: no emulator" }).waitFor();
  return {
    person: await back.getByLabel("Person").inputValue(),
    userId: await back.locator("#userId").textContent(),
  };
}

const replies = [];
let local;
await inBrowser(executablePath, async (tab) => {
  await tab.route((url) => url.hostname !== "localhost", (route) => route.abort()); // fonts
  for (const algorithm of ALGORITHMS) {
    await tab.goto(page);
    const call = () => tab.evaluate(
      ([source, ...given]) => new Function(`return ${source}`)()(...given),
      [String(signIn), issuer, AUDIENCE + algorithm, SCOPE, api],
    );
    await call();
    await tab.waitForURL(/[?&]code=|\/interaction\//);
    if (tab.url().includes("/interaction/")) {
      await tab.getByPlaceholder("Enter any login").fill("alice");
      await tab.getByPlaceholder("and password").fill("any");
      await tab.getByRole("button").click();
      await tab.waitForURL(/[?&]code=/);
    }
    replies.push(await call());
  }
  local = await signInFromLocalPage(tab);
});
console.log(JSON.stringify({ replies, local }));
process.exit(0);
