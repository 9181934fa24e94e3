// The sample with Microsoft's composites, in Chromium. The services that they ask, besides ours, are stood in for.
// tests/client/test_sample.py starts ours, and says in the environment where everything is.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { withBrowser } from "../../../tests/node/chromium.mjs";
import { ownerOf, standIn } from "./stand-ins.mjs";

const { PAGES_FOLDER, PAGES_URL, API_URL, EMULATOR_URL, CHROMIUM, SCREENSHOTS } = process.env;
const SAMPLE = join(dirname(fileURLToPath(import.meta.url)), "..");
const GROUP = "?groupId=5f1d4d0e-3b53-4c35-8a0c-1c54b3a3b0a1";
const DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
const CONFIGURATION = "ecs.communication.microsoft.com";
const PATIENCE = 120_000; // milliseconds; a busy machine takes long for 8 MB of JavaScript

let browse;
let close;

before(async () => {
  const vite = join(SAMPLE, "node_modules/vite/bin/vite.js");
  const folder = ["--outDir", PAGES_FOLDER, "--emptyOutDir=false"];
  const options = ["--config", "tests/vite.config.ts", "--mode", "development", ...folder];
  const env = { ...process.env, NODE_ENV: "development", VITE_API: API_URL };
  execFileSync(process.execPath, [vite, "build", ...options], { cwd: SAMPLE, env });
  await new Promise((opened, failed) => {
    withBrowser(CHROMIUM, (visit) => new Promise((end) => {
      [browse, close] = [visit, end];
      opened();
    }), DEVICES).catch(failed);
  });
});
after(() => close());

/** Runs `action` with a page of the sample, in an empty profile. */
const visit = (path, action) =>
  browse(async (page) => {
    const here = { page, requests: [], printed: [] };
    page.setDefaultTimeout(PATIENCE);
    page.on("console", (message) => here.printed.push(message.text()));
    page.on("pageerror", (error) => here.printed.push(`uncaught ${error}`));
    page.on("request", (request) => {
      const { href, pathname } = new URL(request.url());
      if (href.startsWith(API_URL)) here.requests.push(`${request.method()} ${pathname}`);
    });
    here.sent = await standIn(page.context());
    await page.goto(PAGES_URL + path);
    await action(here);
    const unwanted = /eyJ|^uncaught|Adapter is already being created/; // tokens, and a second call in StrictMode
    assert.deepEqual(here.printed.filter((text) => unwanted.test(text)), []);
  }, { permissions: ["camera", "microphone"] });

const button = (page, name) => page.getByRole("button", { name, exact: true });
const userIdOn = (page) => page.locator("code", { hasText: "8:acs:" }).textContent();
const start = (page) => page.getByRole("button", { name: /^(Start|Join) (call|meeting)|^Join now/ });
const picture = async (page, name) => SCREENSHOTS && page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

async function verdict(token) {
  const body = JSON.stringify({ token });
  const response = await fetch(`${EMULATOR_URL}/emulator/verify`, { method: "POST", body });
  return response.json();
}

/** What Microsoft's code sent must be our service's token, genuine, and of the identity that the page shows. */
async function assertOurs(sent, userId, hosts) {
  for (const host of hosts) await sent.to(host);
  for (const token of sent.tokens()) {
    assert.equal(ownerOf(token), userId);
    assert.equal((await verdict(token)).valid, true);
  }
}

/** Asks the service as a backend does, which needs no function key locally. */
async function backend(path, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${API_URL}/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(response.ok, `${response.status}`);
  return response.status === 204 ? undefined : response.json();
}

async function signIn({ page }, name, label = "Sign in") {
  await button(page, label).click();
  await page.getByRole("link", { name }).click();
}

test("a guest gets to the call's configuration page and joins, with one request for a token", () =>
  visit(`/index.html${GROUP}`, async ({ page, requests, sent }) => {
    await picture(page, "welcome");
    await button(page, "Join as guest").click();
    await start(page).waitFor();
    const userId = await userIdOn(page);
    await picture(page, "configuration");
    assert.deepEqual(requests, ["POST /api/guest/token"]);

    await start(page).click();
    await page.getByText(/^Joining call/).first().waitFor();
    await picture(page, "joining");
    await assertOurs(sent, userId, [CONFIGURATION, "api.flightproxy.skype.com"]);

    requests.length = 0;
    await page.reload();
    await start(page).waitFor();
    assert.equal(await userIdOn(page), userId);
    assert.deepEqual(requests, []);
  }));

test("the link of a Teams meeting leads to the same page", () => {
  const people = encodeURIComponent('{"Tid":"a","Oid":"b"}');
  const link = `https://teams.microsoft.com/l/meetup-join/19%3ameeting_a%40thread.v2/0?context=${people}`;
  return visit(`/index.html?meetingLink=${encodeURIComponent(link)}`, async ({ page }) => {
    await button(page, "Join as guest").click();
    await start(page).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("meetingLink"), link);
  });
});

test("a page without a call in its address begins one", () =>
  visit("/index.html", async ({ page }) => {
    await button(page, "Join as guest").waitFor();
    assert.match(page.url(), /\?groupId=[0-9a-f-]{36}$/);
  }));

test("revoke and forget end the tokens, and the next guest is another one", () =>
  visit(`/index.html${GROUP}`, async ({ page, sent }) => {
    await button(page, "Join as guest").click();
    await start(page).waitFor();
    const userId = await userIdOn(page);
    await sent.to(CONFIGURATION);
    const [token] = sent.tokens();

    const renewed = page.waitForResponse(/\/guest\/token\b/);
    await button(page, "Revoke").click();
    assert.equal((await verdict((await (await renewed).json()).token)).valid, true);
    assert.equal((await verdict(token)).valid, false);
    assert.equal(await start(page).isVisible(), true); // the call's page has stayed

    await button(page, "Forget").click();
    await button(page, "Join as guest").click();
    await page.getByText("8:acs:").waitFor();
    assert.notEqual(await userIdOn(page), userId);
  }));

test("a user signs in, and a reload asks nobody", () =>
  visit(`/index.html${GROUP}`, async (here) => {
    const { page, requests } = here;
    await signIn(here, "Alice");
    await start(page).waitFor();
    const userId = await userIdOn(page);
    assert.equal(page.url(), `${PAGES_URL}/index.html${GROUP}`);
    assert.deepEqual(requests.filter((each) => each.startsWith("POST")), ["POST /api/me/token"]);

    requests.length = 0;
    await page.reload();
    await start(page).waitFor();
    assert.equal(await userIdOn(page), userId);
    assert.deepEqual(requests, []);
  }));

test("a user whose sign-in cannot be renewed silently is asked to sign in again", () =>
  visit(`/index.html${GROUP}`, async (here) => {
    const { page } = here;
    await signIn(here, "Mia");
    await page.getByText("8:acs:").waitFor();
    const userId = await userIdOn(page);
    await page.clock.setSystemTime(Date.now() + 2 * 3_600_000); // Entra's token has ended, ours has not

    await button(page, "Revoke").click();
    await page.getByText(/interaction_required/).waitFor();
    await picture(page, "interaction-required");
    await signIn(here, "Mia", "Sign in again");
    await page.getByText("8:acs:").waitFor();
    assert.equal(await userIdOn(page), userId);
    assert.equal(await page.getByRole("alert").count(), 0);
  }));

test("a user signs out, and the next one signs in", () =>
  visit(`/index.html${GROUP}`, async (here) => {
    const { page } = here;
    const scripts = new Set();
    page.on("request", (request) => scripts.add(new URL(request.url()).pathname));
    await signIn(here, "Alice");
    await page.getByText("8:acs:").waitFor();
    const userId = await userIdOn(page);
    const ours = [...scripts].filter((path) => path.startsWith("/assets/") && path.endsWith(".js"));
    const texts = await Promise.all(ours.map((path) => readFile(join(PAGES_FOLDER, path), "utf8")));
    assert.ok(texts.some((text) => text.includes("loginRedirect(")));
    assert.ok(!texts.some((text) => text.includes("signinRedirectCallback(")));

    await button(page, "Sign out").click();
    await button(page, "Join as guest").waitFor();
    const kept = await page.evaluate(() => Object.keys(sessionStorage));
    assert.deepEqual(kept.filter((key) => key !== "msal.interaction.status"), []); // until the next sign-in
    await signIn(here, "Bob");
    await page.getByText("8:acs:").waitFor();
    assert.notEqual(await userIdOn(page), userId);
  }));

test("the link of an invitation lets one guest in, and tells the next one to get another", async () => {
  const { invitation } = await backend("invitations", { guests: 1, expiresInMinutes: 60 });
  const link = `/index.html${GROUP}#invitation=${invitation}`;
  await visit(link, async ({ page }) => {
    await button(page, "Join as guest").waitFor();
    assert.equal(page.url(), `${PAGES_URL}/index.html${GROUP}`);
    const request = page.waitForRequest(/\/guest\/token/);
    await button(page, "Join as guest").click();
    await page.getByText("8:acs:").waitFor();
    assert.equal((await request).headers()["x-invitation"], invitation);
  });
  await visit(link, async ({ page }) => {
    await button(page, "Join as guest").click();
    await page.getByRole("alert").getByText("invitation: Get an invitation.").waitFor();
    await picture(page, "invitation");
    assert.equal(await button(page, "Try again").count(), 0); // which would not help

    await button(page, "Leave").click();
    await button(page, "Sign in").waitFor();
  });
});

test("a guest who is banned is told whom to ask", () =>
  visit(`/index.html${GROUP}`, async ({ page }) => {
    await button(page, "Join as guest").click();
    await page.getByText("8:acs:").waitFor();
    await backend(`users/${await userIdOn(page)}/ban`);

    await button(page, "Revoke").click();
    await page.getByRole("alert").getByText(/^banned: Ask the organizer/).waitFor();
    await picture(page, "banned");
    await button(page, "Try again").waitFor(); // for when the ban is lifted
  }));

test("an error shows what to do, and the page goes on when the service is back", () =>
  visit(`/index.html${GROUP}`, async ({ page }) => {
    await page.route(`${API_URL}/**`, (route) => route.abort());
    await button(page, "Join as guest").click();
    await page.getByRole("alert").getByText(/^network: /).waitFor();
    await picture(page, "error");

    await page.unroute(`${API_URL}/**`);
    await button(page, "Try again").click();
    await page.getByText("8:acs:").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
  }));

test("where nobody can sign in, the page says so, and the next click tries again", () =>
  visit(`/index.html${GROUP}`, async (here) => {
    const { page } = here;
    await page.route(/openid-configuration/, (route) => route.abort());
    await button(page, "Sign in").click();
    await page.getByRole("alert").getByText(/^network: /).waitFor();

    await page.unroute(/openid-configuration/);
    await signIn(here, "Bob");
    await page.getByText("8:acs:").waitFor();
  }));

test("where the call's code cannot be loaded, the page says so", () =>
  visit(`/index.html${GROUP}`, async ({ page }) => {
    await page.route(/\/assets\/Call/, (route) => route.abort());
    await button(page, "Join as guest").click();
    await page.getByText(/Failed to fetch dynamically imported module/).waitFor();
    await page.getByText("8:acs:").waitFor();
  }));

test("a chat shows its thread", () =>
  visit("/tests/chat.html", async ({ page, sent }) => {
    await page.getByText("The topic").first().waitFor();
    await page.getByText("Hello from the thread").first().waitFor();
    await page.getByRole("textbox").first().waitFor();
    await picture(page, "chat");
    await assertOurs(sent, await userIdOn(page), ["chat.invalid"]);
  }));
