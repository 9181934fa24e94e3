import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { invitationTests } from "./invitations.mjs";
import { ALICE, API_URL, BOB, devtools, inPage, newIdentities, offline, open, secrets, seen, service, shut, tab, verdict } from "./stage.mjs";

const RELOADS = Number(process.env.RELOADS ?? 10); // each takes as long as a page does

before(open);
after(shut);

const getGuest = ({ api, keep, renew }) => acs.guestTokens({ api, keep, scopes: ["voip"] }).get({ renew });

/** Lets a page wait for other tabs for two minutes, not for Wait.ForOtherTabs: the machine may be busy. */
const waitLonger = (page) =>
  page.addInitScript(() => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (run, ms) => setTimeout(run, ms === 5_000 ? 120_000 : ms);
  });

/** Ends what earlier tests left for all tabs. */
async function emptyBrowser() {
  const { page } = await tab();
  await page.evaluate(() => localStorage.clear());
  await page.close();
}

test("the first load is one request without a preflight, and the token is genuine", async () => {
  const sent = [];
  const here = await tab();
  const session = await devtools(here.page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ type, request: { url, method } }) => {
    if (url.startsWith(API_URL)) sent.push([type, method]);
  });
  const identities = await newIdentities();

  const { token, userId, endpoint } = await inPage(here, getGuest);

  assert.deepEqual(sent, [["Fetch", "POST"]]);
  assert.equal((await newIdentities()) - identities, 1);
  assert.equal((await verdict(token)).valid, true);
  assert.match(userId, /^8:acs:/);
  assert.match(endpoint, /^http:/);
});

test("the page of the README has a genuine token, and the same one after a reload", async () => {
  const here = await tab("readme");
  const getToken = () => here.page.evaluate(async () => (await window.credential.getToken()).token);

  const token = await getToken();
  await here.page.reload();

  assert.equal((await verdict(token)).valid, true);
  assert.equal(await getToken(), token);
});

test(`${RELOADS} reloads cause no request and keep the guest`, async () => {
  const here = await tab();
  const { userId } = await inPage(here, getGuest);
  here.requests.length = 0;

  for (let reload = 0; reload < RELOADS; reload += 1) {
    await here.page.reload();
    assert.equal((await inPage(here, getGuest)).userId, userId);
  }

  assert.deepEqual(here.requests, []);
});

test("six tabs at once that share an identity cause one request", async () => {
  await emptyBrowser();
  const tabs = await Promise.all(Array.from({ length: 6 }, () => tab("client", { prepare: waitLonger })));
  const identities = await newIdentities();

  const tokens = await Promise.all(tabs.map((each) => inPage(each, getGuest, { keep: "browser" })));

  assert.equal(new Set(tokens.map(({ userId }) => userId)).size, 1);
  assert.deepEqual(tabs.flatMap(({ requests }) => requests), ["POST /api/guest/token"]);
  assert.equal((await newIdentities()) - identities, 1);
});

test("tabs that share an identity hear of its renewal, and of its end", async () => {
  await emptyBrowser();
  const [one, other] = [await tab(), await tab()];
  const keep = "browser";
  await inPage(one, getGuest, { keep });
  await inPage(other, getGuest, { keep });

  // Within a second the emulator's tokens are the same, but not when they were got.
  const renewed = await inPage(one, getGuest, { keep, renew: true });
  await other.page.waitForFunction(
    ([api, end]) => +acs.guestTokens({ api, keep: "browser", scopes: ["voip"] }).state.expiresOn === end,
    [API_URL, +renewed.expiresOn],
  );
  await inPage(one, ({ api }) => acs.guestTokens({ api, keep: "browser", scopes: ["voip"] }).forget());
  await other.page.waitForFunction(
    (api) => acs.guestTokens({ api, keep: "browser", scopes: ["voip"] }).state.error?.code === "signed-out",
    API_URL,
  );

  assert.deepEqual(other.requests, []);
  assert.equal((await verdict(renewed.token)).valid, false);
});

test("a duplicated tab is another guest, and both keep theirs", async () => {
  const first = await tab();
  const { userId } = await inPage(first, getGuest);
  const [copy] = await Promise.all([
    first.page.waitForEvent("popup"),
    first.page.evaluate(() => void window.open(location.href)),
  ]);
  await copy.waitForLoadState();
  const wasCopied = await copy.evaluate(() => sessionStorage.length);

  const other = await inPage({ page: copy }, getGuest);

  assert.equal(wasCopied, 1);
  assert.notEqual(other.userId, userId);
  for (const [page, id] of [[first.page, userId], [copy, other.userId]]) {
    await page.reload();
    assert.equal((await inPage({ page }, getGuest)).userId, id);
  }
});

test("a lock that a frozen tab holds keeps nobody waiting for more than five seconds", async () => {
  await emptyBrowser();
  const frozen = await tab();
  await inPage(frozen, ({ api }) => {
    const never = () => new Promise(() => {});
    void acs.guestTokens({ api, keep: "browser", scopes: ["voip"], fetch: never }).get();
  });
  await frozen.page.waitForFunction(async () => (await navigator.locks.query()).held.length > 0);
  await (await devtools(frozen.page)).send("Page.setWebLifecycleState", { state: "frozen" });
  const here = await tab("client", { isClockStopped: true });

  const token = inPage(here, getGuest, { keep: "browser" });
  await here.page.waitForFunction(async () => (await navigator.locks.query()).pending.length > 0);
  await here.page.clock.fastForward(4_900);
  const before = here.requests.length;
  await here.page.clock.fastForward(200);

  assert.equal((await verdict((await token).token)).valid, true);
  assert.equal(before, 0);
  const { held } = await here.page.evaluate(() => navigator.locks.query());
  assert.equal(held.filter(({ name }) => name.includes("/guest")).length, 1); // the frozen tab still has it
  await frozen.page.close();
});

for (const version of [16, 17, 18, 19])
  test(`in StrictMode of React ${version} there is one request and one credential`, async () => {
    const here = await tab(`react-${version}`);

    await here.page.evaluate((api) => window.show(api), API_URL);
    await here.page.waitForFunction(() => /^8:acs/.test(document.querySelector("#two")?.textContent));
    const found = await here.page.evaluate(() => ({
      ...window.seen, credentials: window.seen.credentials.size, userIds: window.seen.userIds.size,
    }));

    assert.equal(Number.parseInt(found.version), version);
    assert.equal(found.mounted, version < 18 ? 2 : 4); // StrictMode mounts twice since React 18
    assert.deepEqual(here.requests, ["POST /api/guest/token"]);
    assert.deepEqual([found.credentials, found.userIds, found.statuses[0]], [1, 1, "idle"]);
  });

for (const hours of [-3, 3])
  test(`a device whose clock is ${hours} h ahead has a usable credential`, async () => {
    const here = await tab("microsoft", { prepare: (page) => page.addInitScript(shiftClock, hours * 3_600_000) });

    const got = await inPage(here, async ({ api }) => {
      const source = acs.guestTokens({ api, scopes: ["voip"] });
      const { getToken } = source.credential;
      const { refresher: tokenRefresher } = source;
      const plain = async () => (await tokenRefresher()).token;
      const failure = (error) => error.message;
      return {
        own: (await getToken()).expiresOnTimestamp - Date.now(),
        microsoft: (await new AzureCommunicationTokenCredential({ tokenRefresher }).getToken()).token,
        control: await new AzureCommunicationTokenCredential({ tokenRefresher: plain }).getToken().then(() => "", failure),
      };
    });

    assert.ok(got.own > 3_500_000 && got.own <= 3_600_000);
    assert.equal((await verdict(got.microsoft)).valid, true);
    assert.match(got.control, hours > 0 ? /expired/ : /^$/);
  });

/** Sets the device's clock. */
function shiftClock(ms) {
  const { Date: RealDate } = globalThis;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length ? parts : [RealDate.now() + ms]));
    }
    static now() {
      return RealDate.now() + ms;
    }
  };
}

for (const [status, slug] of [[429, "too-many-requests"], [503, "acs-throttled"]])
  test(`after ${status} the page sends nothing before retryAfter`, async () => {
    const problem = { type: `urn:problem-type:acs-tokens:${slug}`, status, title: slug, retryAfter: 30 };
    const token = { userId: "8:acs:a", token: "t", expiresIn: 3600 };
    const { api, requests, stop } = await service((count) => (count === 1 ? [status, problem] : [200, token]));
    const here = await tab("client", { isClockStopped: true });
    await here.page.evaluate((api) => {
      window.source = acs.guestTokens({ api });
      window.source.subscribe(() => {});
    }, api);
    await here.page.clock.runFor(10);
    await here.page.waitForFunction(() => window.source.state.status === "failed");

    await here.page.clock.runFor(29_000);
    await here.page.evaluate(() => window.dispatchEvent(new Event("online")));
    const early = requests.length;
    await here.page.clock.runFor(5_000);
    await here.page.waitForFunction(() => window.source.state.status === "ready");
    stop();

    assert.equal(early, 1);
    assert.equal(requests.length, 2);
  });

test("a page that was offline has its token as soon as it is online", async () => {
  const here = await tab("client", { isClockStopped: true }); // no timer ends by itself
  await offline(true);
  await inPage(here, ({ api }) => {
    window.source = acs.guestTokens({ api, scopes: ["voip"] });
    window.source.subscribe(() => {});
  });
  await here.page.clock.runFor(10);
  await here.page.waitForFunction(() => window.source.state.status === "failed");
  const code = await here.page.evaluate(() => window.source.state.error.code);

  await offline(false);
  await here.page.waitForFunction(() => window.source.state.status === "ready");

  assert.equal(code, "network");
});

test("revoke ends the tokens, and forget ends the guest", async () => {
  const here = await tab();
  const first = await inPage(here, getGuest);
  await inPage(here, ({ api }) => acs.guestTokens({ api, scopes: ["voip"] }).revoke());
  const second = await inPage(here, getGuest);
  await inPage(here, ({ api }) => acs.guestTokens({ api, scopes: ["voip"] }).forget());

  const verdicts = await Promise.all([first, second].map(({ token }) => verdict(token)));

  assert.equal(second.userId, first.userId);
  assert.deepEqual(verdicts.map(({ valid }) => valid), [false, false]);
  assert.equal(await here.page.evaluate(() => sessionStorage.length), 0);
});

test("a signed-in user has one identity in all tabs, and nobody gets another one's", async () => {
  const getMine = ({ api, account, bearer }) =>
    acs.signedInTokens({ api, account, scopes: ["chat"], accessToken: async () => bearer }).get();
  const [alice, bob] = [{ account: "alice", bearer: ALICE }, { account: "bob", bearer: BOB }];
  const [one, other] = [await tab(), await tab()];

  const [first, second] = [await inPage(one, getMine, alice), await inPage(other, getMine, alice)];
  one.requests.length = 0;
  await one.page.reload();
  const reloaded = await inPage(one, getMine, alice);
  const bobs = await inPage(one, getMine, bob);

  assert.equal(second.userId, first.userId);
  assert.deepEqual([reloaded.userId, reloaded.token], [first.userId, first.token]);
  assert.notEqual(bobs.userId, first.userId);
  assert.deepEqual(one.requests, ["POST /api/me/token"]);
});

test("what a tab or the memory keeps is in no other storage", async () => {
  await emptyBrowser();
  const here = await tab();
  await inPage(here, getGuest, { keep: "memory" });
  const ofMemory = await here.page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
  await inPage(here, getGuest, { keep: "tab" });
  const ofTab = await here.page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);

  assert.deepEqual([ofMemory, ofTab], [[0, 0, ""], [0, 1, ""]]);
});

invitationTests();

test("no page showed a token, a handle, an invitation or a user id in its console, address or errors", () => {
  assert.ok(seen.length > 40);
  assert.deepEqual(secrets(), []);
});
