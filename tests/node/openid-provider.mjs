// A real OpenID Connect provider, and a page whose user signs in there: authorization code with
// PKCE, in a real browser. Arguments: Chromium, a TLS certificate and its key.
// Prints {issuer, page}; then reads the address of the API from its input, lets a user sign in once
// for each audience, and once from the local page. Prints {replies, local}: what the API responded
// to the page, and what the local page showed.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer as createPlainServer } from "node:http";
import { createServer } from "node:https";
import { createInterface } from "node:readline";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";
import { inBrowser } from "./chromium.mjs";

const [executablePath, certificate, key] = process.argv.slice(2);
const ALGORITHMS = ["RS256", "PS256", "ES256"];
const AUDIENCE = "https://tokens.contoso.example/"; // and the algorithm
const SCOPE = "acs.token";

async function newKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: "sig", kid: alg };
}

async function listening(server) {
  server.listen(0, "localhost");
  await once(server, "listening");
  return server.address().port;
}

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

console.info = console.error; // the provider's notices are no results

const server = createServer({ cert: await readFile(certificate), key: await readFile(key) });
const issuer = `https://localhost:${await listening(server)}`;
const pages = createPlainServer((request, response) => {
  response.setHeader("Content-Type", "text/html");
  response.end("<!doctype html><title>page</title>");
});
const page = `http://localhost:${await listening(pages)}`;

const provider = new Provider(issuer, {
  jwks: { keys: await Promise.all(ALGORITHMS.map(newKey)) },
  clients: [{
    client_id: "page", token_endpoint_auth_method: "none", redirect_uris: [`${page}/`],
    grant_types: ["authorization_code"], response_types: ["code"],
  }, {
    // A native client's redirect to this machine may name any port.
    client_id: "local-page", token_endpoint_auth_method: "none", application_type: "native",
    redirect_uris: ["http://localhost/local/signed-in"],
    grant_types: ["authorization_code"], response_types: ["code"],
  }],
  clientBasedCORS: () => true,
  features: {
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (context, audience) => ({
        scope: SCOPE, audience, accessTokenFormat: "jwt",
        jwt: { sign: { alg: audience.slice(AUDIENCE.length) } },
      }),
    },
  },
  // The user is not asked for consent.
  async loadExistingGrant(context) {
    const { client, session, params } = context.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid");
    grant.addResourceScope(params.resource, SCOPE);
    await grant.save();
    return grant;
  },
});
server.on("request", provider.callback());

console.log(JSON.stringify({ issuer, page }));
const lines = createInterface({ input: process.stdin });
const [api] = await once(lines, "line");
lines.close();

async function signInFromLocalPage(tab) {
  await tab.goto(new URL("/", api).href);
  await tab.getByRole("radio", { name: "Signed in" }).check();
  const link = tab.getByRole("link", { name: `Sign in with ${new URL(issuer).host}` });
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
