import assert from "node:assert/strict";
import { test } from "node:test";
import { endOf, problem, settle, working, World } from "./world.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const API = { api: "https://tokens.test/api" };

/** A page with a guest whose token is kept renewed. */
async function listening(service, options = {}) {
  const world = new World(service);
  const { guestTokens } = await world.load();
  const source = guestTokens({ ...API, ...options });
  const stop = source.subscribe(() => {});
  await world.pass(1);
  return { world, source, stop };
}

/** A service that fails as it is told to, and works otherwise. */
function failing() {
  const works = working();
  const service = async (request, world) => service.failure?.() ?? works(request, world);
  return service;
}

const refused = (code) => (error) => error.code === code;

test("a token that is there is returned without a request", async () => {
  const { world, source } = await listening(working());

  const tokens = await Promise.all([source.get(), source.credential.getToken(), source.get()]);

  assert.equal(new Set(tokens.map(({ token }) => token)).size, 1);
  assert.equal(world.requests.length, 1);
});

test("ten who ask at once cause one request", async () => {
  const world = new World(working());
  const { guestTokens } = await world.load();
  const source = guestTokens(API);

  await Promise.all(Array.from({ length: 10 }, () => source.credential.getToken()));

  assert.equal(world.requests.length, 1);
});

test("equal options give the same source, also with a slash at the end of the address", async () => {
  const world = new World(working());
  const { guestTokens, signedInTokens } = await world.load();
  const signedIn = (account) => signedInTokens({ ...API, account, accessToken: async () => "entra" });

  assert.equal(guestTokens(API), guestTokens({ api: new URL(`${API.api}/`) }));
  assert.notEqual(guestTokens(API), guestTokens({ ...API, scopes: ["chat"] }));
  assert.notEqual(guestTokens(API), guestTokens({ ...API, keep: "memory" }));
  assert.equal(signedIn("alice"), signedIn("alice"));
  assert.notEqual(signedIn("alice"), signedIn("bob"));
});

for (const hours of [-3, 0, 3])
  test(`a token lives as long as the service says on a device whose clock is ${hours} h ahead`, async () => {
    const world = new World(working());
    world.offset = hours * HOUR;
    const { guestTokens } = await world.load();
    const source = guestTokens(API);

    const { expiresOnTimestamp } = await source.credential.getToken();
    await world.pass(58 * MINUTE);
    await source.credential.getToken();

    assert.equal(expiresOnTimestamp, world.time - 58 * MINUTE + HOUR + world.offset);
    assert.equal((await source.get()).expiresOn.getTime() > Date.now(), true);
  });

test("without expiresIn the token's end counts", async () => {
  const works = working();
  const { source } = await listening((request, world) => {
    const [status, { expiresIn, ...fields }] = works(request, world);
    return [status, fields];
  });

  assert.equal(source.state.expiresOn.getTime(), endOf((await source.get()).token));
});

test("a token is renewed 10 to 16 minutes before its end, not always at the same moment", async () => {
  const moments = new Set();
  for (let guest = 0; guest < 30; guest += 1) {
    const { world, stop } = await listening(working());
    await world.pass(55 * MINUTE);
    stop();
    const [first, second, ...more] = world.requests;
    assert.deepEqual(more, []);
    moments.add(second.at - first.at);
  }

  assert.ok(Math.min(...moments) >= 44 * MINUTE);
  assert.ok(Math.max(...moments) <= 50 * MINUTE);
  assert.ok(moments.size > 20);
});

test("a page that nobody listens to renews when it is asked", async () => {
  const { world, source, stop } = await listening(working());
  stop();
  await world.pass(55 * MINUTE);
  assert.equal(world.requests.length, 1);

  const old = await source.get();
  await settle();
  const next = await source.get();

  assert.equal(world.requests.length, 2);
  assert.notEqual(next.token, old.token);
});

test("failed renewals go on until one succeeds, and the token stays good meanwhile", async () => {
  const service = failing();
  const { world, source } = await listening(service);
  service.failure = () => problem(503, "acs-unavailable");
  await world.pass(54 * MINUTE);
  const during = source.state;
  const tries = world.requests.length - 1;

  service.failure = undefined;
  await world.pass(2 * MINUTE);

  assert.equal(during.status, "ready");
  assert.equal(during.error.code, "acs-unavailable");
  assert.ok(tries >= 4 && tries < 40, `${tries} tries`);
  assert.equal(source.state.status, "ready");
  assert.equal(source.state.error, undefined);
});

test("when the token ends while renewals fail, the state says so, and recovers", async () => {
  const service = failing();
  const { world, source } = await listening(service);
  const { userId } = source.state;
  service.failure = () => Promise.reject(new TypeError("offline"));
  await world.pass(HOUR);
  const failed = source.state;

  service.failure = undefined;
  await world.hear("online");

  assert.equal(failed.status, "failed");
  assert.equal(failed.error.code, "network");
  assert.deepEqual([source.state.status, source.state.userId], ["ready", userId]);
});

for (const [status, slug] of [[429, "too-many-requests"], [503, "acs-throttled"]])
  test(`after ${status} there is no request before retryAfter, whatever wakes the page`, async () => {
    const service = failing();
    service.failure = () => problem(status, slug, { retryAfter: 300 });
    const { world, source } = await listening(service);
    const [{ at }] = world.requests;

    for (let minute = 0; minute < 4; minute += 1) {
      await world.pass(MINUTE);
      for (const event of ["online", "pageshow", "visibilitychange"]) await world.hear(event);
      await assert.rejects(source.get(), refused(slug));
      await assert.rejects(source.get({ renew: true }), refused(slug));
    }
    assert.equal(world.requests.length, 1);
    service.failure = undefined;
    await world.pass(2 * MINUTE);

    assert.ok(world.requests[1].at - at >= 300_000);
    assert.equal(source.state.status, "ready");
  });

test("the header Retry-After counts where the body says nothing", async () => {
  const service = failing();
  service.failure = () => [429, null, { "Retry-After": "120" }];
  const { world, source } = await listening(service);

  await world.pass(119_000);

  assert.equal(world.requests.length, 1);
  assert.equal(source.state.error.retryAfter, 120);
});

for (const event of ["online", "pageshow", "visibilitychange"])
  test(`a page that hears ${event} tries again at once`, async () => {
    const service = failing();
    const { world, source } = await listening(service);
    service.failure = () => problem(503, "acs-unavailable");
    await world.pass(55 * MINUTE);
    service.failure = undefined;
    document.hidden = true;
    const before = world.requests.length;
    await world.hear(event);
    assert.equal(world.requests.length, before);

    document.hidden = false;
    await world.hear(event);

    assert.equal(world.requests.length, before + 1);
    assert.equal(source.state.error, undefined);
  });

test("a device that slept past the token's end stays ready while the next token comes", async () => {
  const works = working();
  let arrive;
  const { world, source } = await listening(async (request, world) => {
    if (world.requests.length > 1) await new Promise((done) => (arrive = done));
    return works(request, world);
  });
  const { credential } = source;
  await world.sleep(8 * HOUR);

  await world.hear("visibilitychange");
  const { status } = source.state;
  const token = credential.getToken();
  arrive();

  assert.equal(status, "ready");
  assert.ok(endOf((await token).token) > world.time);
  assert.equal(source.credential, credential);
});

test("a clock that is set back hides no end of a token", async () => {
  const { world, source } = await listening(working());
  await world.pass(40 * MINUTE);
  world.offset = -30 * MINUTE;

  await world.pass(19 * MINUTE);

  assert.ok(endOf((await source.get()).token) > world.time + MINUTE);
});

test("a service that never responds is given up after half a minute", async () => {
  const service = failing();
  service.failure = () => new Promise(() => {});
  const { world, source } = await listening(service);

  await world.pass(31_000);

  assert.equal(source.state.error.code, "timeout");
  assert.ok(world.requests[0].signal.aborted);
});

const FINAL = [
  [400, "invalid-request"], [403, "guests-off"], [403, "invitation"], [404, "identity-not-found"], [413, "body-too-large"],
  [500, "internal-error"], [503, "misconfigured"],
];
for (const [status, slug] of FINAL)
  test(`${slug} is not tried again, until the page wants to`, async () => {
    const service = failing();
    service.failure = () => problem(status, slug, { detail: "Why." });
    const { world, source } = await listening(service);
    await world.pass(HOUR);
    await assert.rejects(source.get(), refused(slug));
    const before = world.requests.length;
    service.failure = undefined;

    await source.get({ renew: true });

    assert.equal(before, 1);
    assert.equal(source.state.status, "ready");
  });

test("one caller who gives up does not stop the others", async () => {
  const world = new World(working());
  const { guestTokens } = await world.load();
  const { credential } = guestTokens(API);
  const controller = new AbortController();

  const [first, second, third] = [
    credential.getToken({ abortSignal: controller.signal }),
    credential.getToken(),
    guestTokens(API).get({ signal: AbortSignal.abort() }),
  ];
  controller.abort();

  await assert.rejects(first, { name: "AbortError" });
  await assert.rejects(third, { name: "AbortError" });
  assert.ok((await second).token);
});

test("24 hours of faults, sleeps, offline spells and clock steps leave no moment without a token", async () => {
  const works = working();
  const random = seeded(20261121);
  Math.random = random;
  let isOffline = false;
  let stepsForward = 0;
  let lastSuccess = -HOUR;
  const gaps = [];
  const service = (request, world) => {
    if (isOffline) throw new TypeError("offline");
    if (random() < 0.05) return problem(503, "acs-unavailable", random() < 0.5 ? { retryAfter: 5 } : {});
    gaps.push(world.time - lastSuccess);
    lastSuccess = world.time;
    return works(request, world);
  };
  const { world, source } = await listening(service);
  const { credential } = source;
  const { userId } = source.state;

  for (const end = world.time + 24 * HOUR; world.time < end; ) {
    const luck = random();
    if (luck < 0.02) await world.sleep(random() * 3 * HOUR);
    else if (luck < 0.04) {
      const step = (random() * 6 - 3) * HOUR;
      stepsForward += Number(step > 0);
      world.offset += step;
    }
    else if (luck < 0.05) isOffline = true;
    else await world.pass(random() * 5 * MINUTE);
    if (isOffline && luck > 0.9) isOffline = false;
    await world.hear("visibilitychange");
    if (isOffline) continue;
    const token = await eventually(world, () => credential.getToken());
    assert.ok(endOf(token.token) > world.time, "a token that had ended");
    assert.ok(token.token.startsWith(userId));
  }

  gaps.shift();
  assert.ok(gaps.length > 10);
  // A clock that goes forward looks like sleep, in which a token may have ended.
  assert.ok(gaps.filter((gap) => gap < 44 * MINUTE).length <= stepsForward);
});

test("24 hours without trouble cost at most one request in 44 minutes", async () => {
  const { world, source } = await listening(working());

  for (let minute = 0; minute < 24 * 60; minute += 1) {
    await world.pass(MINUTE);
    assert.ok(endOf((await source.get()).token) > world.time);
  }

  const gaps = world.requests.slice(1).map(({ at }, index) => at - world.requests[index].at);
  assert.ok(Math.min(...gaps) >= 44 * MINUTE);
});

/** A token, as soon as the faults of the service let it through. */
async function eventually(world, get) {
  for (;;) {
    try {
      return await get();
    } catch (error) {
      assert.ok(error.transient);
      await world.pass((error.retryAfter || 1) * 1000);
    }
  }
}

/** Numbers from 0 to 1 that are the same in each run. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
