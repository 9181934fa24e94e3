// Invitations and bans, against the app. Its two services have one identity store: INVITED_URL lets
// only those in who have an invitation, API_URL everybody.
import assert from "node:assert/strict";
import { test } from "node:test";
import { API_URL, INVITED_URL, inPage, PAGES_URL, tab, verdict } from "./stage.mjs";

const CLEAN = `${PAGES_URL}/client.html`;

const getInvited = ({ api }) => acs.guestTokens(acs.withInvitation({ api, scopes: ["voip"] })).get();

/** Asks the service as a backend does, which needs no function key locally. */
async function backend(api, method, path, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const response = await fetch(`${api}/${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${response.status}`);
  return response.status === 204 ? undefined : response.json();
}

const newInvitation = () => backend(INVITED_URL, "POST", "invitations", { guests: 1, expiresInMinutes: 60 });

/** Notes all requests of a page: addresses, and what they say of where the visitor comes from. */
function watched(page) {
  const requests = [];
  page.on("request", (request) => requests.push({ url: request.url(), headers: request.headers() }));
  return requests;
}

export function invitationTests() {
  test("the link of an invitation leads to a guest, and the invitation is nowhere but in one header", async () => {
    const { url, invitation } = await newInvitation();
    const here = await tab("client", { address: url });
    const requests = watched(here.page);

    const { token } = await inPage(here, getInvited, { api: INVITED_URL });
    const [address, title] = await here.page.evaluate(() => [location.href, document.title]);
    await here.page.evaluate(() => location.assign("/microsoft.html?from=link"));
    await here.page.waitForURL(/from=link/);
    const referrer = await here.page.evaluate(() => document.referrer);

    assert.equal((await verdict(token)).valid, true);
    assert.deepEqual([address, title, referrer], [CLEAN, "client", CLEAN]);
    const sent = requests.filter(({ headers }) => headers["x-invitation"] === invitation);
    assert.deepEqual(sent.map(({ url }) => url), [`${INVITED_URL}/guest/token?scope=voip`]);
    for (const { url, headers: { referer = "" } } of requests) assert.ok(!`${url} ${referer}`.includes(invitation));
  });

  test("after a reload the invited guest is the same one without a request, and no storage has the invitation", async () => {
    const { url, invitation } = await newInvitation();
    const here = await tab("client", { address: url });
    const { userId } = await inPage(here, getInvited, { api: INVITED_URL });
    here.requests.length = 0;

    await here.page.reload();
    const again = await inPage(here, getInvited, { api: INVITED_URL });

    assert.equal(again.userId, userId);
    assert.deepEqual(here.requests, []);
    const stored = await here.page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
    assert.ok(stored.includes(userId) && !stored.includes(invitation));
  });

  test("a first request that failed is sent again with the invitation after a reload", async () => {
    const { url } = await newInvitation();
    const here = await tab("client", { address: url });
    const service = `${INVITED_URL}/**`;
    await here.page.route(service, (route) => route.abort());
    const getCode = ({ api }) => acs.guestTokens(acs.withInvitation({ api, scopes: ["voip"] })).get().catch(({ code }) => code);
    const code = await inPage(here, getCode, { api: INVITED_URL });
    await here.page.unroute(service);

    await here.page.reload();
    const { token } = await inPage(here, getInvited, { api: INVITED_URL });

    assert.equal(code, "network");
    assert.equal((await verdict(token)).valid, true);
  });

  test("in StrictMode an invitation for one leads to one guest, and the next visitor sees why there is none", async () => {
    const { url } = await newInvitation();
    const address = url.replace("client.html", "react-18.html");
    const text = (page) => page.locator("#two").textContent();
    const [here, late] = [await tab("react-18", { address }), await tab("react-18", { address })];
    for (const [each, status] of [[here, /^8:acs/], [late, /^failed$/]]) {
      await each.page.evaluate((api) => window.show(api), API_URL);
      await each.page.locator("#two").filter({ hasText: status }).waitFor();
    }

    await late.page.evaluate(() => window.dispatchEvent(new Event("online")));
    const { code, cure } = await late.page.evaluate(() => window.problem);

    assert.match(await text(here.page), /^8:acs/);
    assert.deepEqual([code, cure], ["invitation", "Get an invitation."]);
    assert.deepEqual([here, late].map(({ requests }) => requests), Array(2).fill(["POST /api/guest/token"]));
  });

  test("the renewal of a banned guest fails and stops, and the guest is the same one without the ban", async () => {
    const here = await tab("client", { isClockStopped: true });
    const { userId } = await here.page.evaluate((api) => {
      window.source = acs.guestTokens({ api, scopes: ["voip"] });
      window.source.subscribe(() => {});
      return window.source.get();
    }, API_URL);
    await backend(API_URL, "POST", `users/${userId}/ban`);

    await here.page.clock.fastForward(51 * 60_000);
    await here.page.waitForFunction(() => window.source.state.status === "failed");
    const [code, cure] = await here.page.evaluate(() => [window.source.state.error.code, window.source.state.error.cure]);
    await here.page.clock.fastForward(5 * 3_600_000);
    await here.page.evaluate(() => window.dispatchEvent(new Event("online")));
    const requests = [...here.requests];
    await backend(API_URL, "DELETE", `users/${userId}/ban`);
    const again = await here.page.evaluate(() => window.source.get({ renew: true }));

    assert.deepEqual([code, cure], ["banned", "Ask the organizer."]);
    assert.deepEqual(requests, ["POST /api/guest/token", "POST /api/guest/token/refresh"]);
    assert.equal(again.userId, userId);
  });
}
