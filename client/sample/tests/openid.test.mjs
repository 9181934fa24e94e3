// The sample's sign-in at an OpenID Connect provider with oidc-client-ts, in Chromium, without the composites.
// tests/client/test_sample.py starts the provider and the service that knows it.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { withBrowser } from "../../../tests/node/chromium.mjs";

const { PAGES_FOLDER, PAGES_URL, OPENID_URL, ISSUER, EMULATOR_URL, CHROMIUM } = process.env;
const HERE = dirname(fileURLToPath(import.meta.url));
const PAGE = `${PAGES_URL}/openid/`;
const TOKEN = `${OPENID_URL}/me/token`;
const SETTINGS = {
  VITE_API: OPENID_URL,
  VITE_ISSUER: ISSUER,
  VITE_CLIENT_ID: "page",
  VITE_SCOPE: "openid acs.token",
  VITE_PARAMETERS: "resource=https://tokens.contoso.example/RS256",
};

let browse;
let close;

before(async () => {
  const folder = join(PAGES_FOLDER, "openid");
  await mkdir(folder, { recursive: true });
  await build({
    bundle: true,
    splitting: true,
    format: "esm",
    outdir: folder,
    entryPoints: [join(HERE, "sign-in-page.ts")],
    define: { "import.meta.env": JSON.stringify(SETTINGS) },
    logLevel: "error",
  });
  const script = '<script type="module" src="sign-in-page.js"></script>';
  await writeFile(join(folder, "index.html"), `<!doctype html><title>Signing in</title>${script}`);
  await new Promise((opened, failed) => {
    withBrowser(CHROMIUM, (visit) => new Promise((end) => {
      [browse, close] = [visit, end];
      opened();
    })).catch(failed);
  });
});
after(() => close());

/** Runs `action` with a page that nobody has signed in to. `requests` are all but those of the provider's own pages. */
const visit = (action) =>
  browse(async (page) => {
    const here = { page, requests: [], errors: [] };
    page.on("pageerror", (error) => here.errors.push(error));
    page.on("request", (request) => here.requests.push(request));
    await page.route((url) => url.hostname !== "localhost", (route) => route.abort()); // fonts of the provider's pages
    await page.goto(`${PAGE}index.html?groupId=1`);
    await page.waitForFunction(() => window.sample);
    await action(here);
    assert.deepEqual(here.errors, []);
  });

/** Signs somebody in at the provider's page; returns what the service gives for it. */
async function signIn(page) {
  await page.evaluate(() => void window.sample.signIn()); // it leaves the page
  await page.getByPlaceholder("Enter any login").fill("alice");
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button").click();
  await page.waitForFunction(() => window.sample?.person);
  return page.evaluate(() => window.sample.get());
}

const get = (page, options) =>
  page.evaluate((given) => window.sample.get(given).catch(({ code, cause }) => ({ code, cause: cause?.message })), options);

/** The bearer tokens that the service was sent. */
const bearers = (requests) =>
  requests.filter((each) => each.url() === TOKEN && each.method() === "POST").map((each) => each.headers().authorization);

/** What the page sent to the provider's token endpoint. */
const grants = (requests) =>
  requests
    .filter((each) => each.url() === `${ISSUER}/token` && each.method() === "POST")
    .map((each) => new URLSearchParams(each.postData()).get("grant_type"));

async function verdict(token) {
  const response = await fetch(`${EMULATOR_URL}/emulator/verify`, { method: "POST", body: JSON.stringify({ token }) });
  return response.json();
}

test("a user signs in, a reload asks nobody, and MSAL.js is not loaded", () =>
  visit(async ({ page, requests }) => {
    const { token, userId } = await signIn(page);
    const scripts = requests.map((each) => new URL(each.url()).pathname).filter((path) => /^\/openid\/.*\.js$/.test(path));
    const texts = await Promise.all(scripts.map((path) => readFile(join(PAGES_FOLDER, path), "utf8")));
    assert.equal(page.url(), `${PAGE}index.html?groupId=1`);
    assert.equal((await verdict(token)).valid, true);
    assert.ok(texts.some((text) => text.includes("signinRedirectCallback(")));
    assert.ok(!texts.some((text) => text.includes("acquireTokenSilent(")));

    requests.length = 0;
    await page.reload();
    await page.waitForFunction(() => window.sample?.person);
    assert.equal((await get(page)).userId, userId);
    assert.deepEqual(requests.filter((each) => !each.url().startsWith(PAGES_URL)), []);
  }));

test("an access token that has ended is renewed without leaving the page", () =>
  visit(async ({ page, requests }) => {
    const first = await signIn(page);
    await page.clock.setSystemTime(Date.now() + 2 * 3_600_000);

    const next = await get(page, { renew: true });
    const [before, after, ...more] = bearers(requests);
    assert.equal(next.userId, first.userId);
    assert.equal((await verdict(next.token)).valid, true);
    assert.ok(after && after !== before);
    assert.deepEqual([more, grants(requests)], [[], ["authorization_code", "refresh_token"]]);
  }));

test("an access token that the service refuses is renewed", () =>
  visit(async ({ page, requests }) => {
    await signIn(page);
    await page.route(TOKEN, (route) => route.fulfill({ status: 401, headers: { "Access-Control-Allow-Origin": "*" } }), { times: 1 });

    const { token } = await get(page, { renew: true });
    const [, refused, renewed] = bearers(requests);
    assert.equal((await verdict(token)).valid, true);
    assert.ok(renewed && renewed !== refused);
  }));

test("where the provider refuses to renew, the user has to sign in again", () =>
  visit(async ({ page }) => {
    await signIn(page);
    await page.evaluate(async (issuer) => {
      const [user] = Object.entries(sessionStorage).flatMap(([key, value]) => (key.startsWith("oidc.user:") ? [JSON.parse(value)] : []));
      const body = new URLSearchParams({ client_id: "page", token: user.refresh_token });
      const { ok } = await fetch(`${issuer}/token/revocation`, { method: "POST", body });
      if (!ok) throw new Error("not revoked");
    }, ISSUER);
    await page.clock.setSystemTime(Date.now() + 2 * 3_600_000);

    const { code, cause } = await get(page, { renew: true });
    assert.deepEqual([code, cause], ["interaction-required", "The sign-in has ended."]);
  }));

test("while the provider cannot be reached, the sign-in has not ended", () =>
  visit(async ({ page }) => {
    await signIn(page);
    await page.clock.setSystemTime(Date.now() + 2 * 3_600_000);
    await page.route(`${ISSUER}/token`, (route) => route.abort());
    const { code } = await get(page, { renew: true });
    await page.unroute(`${ISSUER}/token`);

    const { token } = await get(page, { renew: true });
    assert.equal(code, "sign-in-failed");
    assert.equal((await verdict(token)).valid, true);
  }));

test("a sign-out ends the provider's session, and the tab keeps nothing", () =>
  visit(async ({ page }) => {
    await signIn(page);
    await page.evaluate(() => void window.sample.signOut());
    await page.getByRole("button", { name: /^Yes/ }).click();
    await page.waitForURL(`${PAGE}index.html*`);
    await page.waitForFunction(() => window.sample);

    const [person, kept] = await page.evaluate(() => [window.sample.person ?? null, { ...sessionStorage }]);
    assert.deepEqual([person, kept], [null, {}]);
    await signIn(page); // the provider asks who it is
  }));
