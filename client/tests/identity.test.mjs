import assert from "node:assert/strict";
import { test } from "node:test";
import { problem, settle, working, World } from "./world.mjs";

const HOUR = 3_600_000;
const API = { api: "https://tokens.test/api" };
const refused = (code) => (error) => error.code === code;

/** A page load in a world, and what it gets. */
async function loaded(world, options = {}) {
  const { guestTokens } = await world.load();
  const source = guestTokens({ ...API, ...options });
  return { source, token: await source.get() };
}

function signedIn(client, accessToken, more = {}) {
  return client.signedInTokens({ ...API, account: "alice", accessToken, ...more });
}

test("a new guest's request has no body and no header, so it needs no preflight", async () => {
  const world = new World(working());

  await loaded(world, { scopes: ["voip", "chat"] });

  const [{ method, url, headers, body }] = world.requests;
  assert.deepEqual([method, url], ["POST", `${API.api}/guest/token?scope=voip,chat`]);
  assert.deepEqual([headers, body], [{}, null]);
});

test("a reload causes no request, and keeps the guest and the token", async () => {
  const world = new World(working());
  const first = await loaded(world);

  for (let reload = 0; reload < 40; reload += 1)
    assert.deepEqual((await loaded(world)).token, first.token);

  assert.equal(world.requests.length, 1);
});

test("a reload after the token's end keeps the guest", async () => {
  const world = new World(working());
  const first = await loaded(world);
  await world.sleep(2 * HOUR);

  const second = await loaded(world);

  assert.equal(second.token.userId, first.token.userId);
  assert.equal(world.requests[1].url, `${API.api}/guest/token/refresh`);
});

test("a record of the future counts as stale: the clock was set back", async () => {
  const world = new World(working());
  const first = await loaded(world);
  world.offset = -2 * HOUR;

  const second = await loaded(world);

  assert.equal(second.token.userId, first.token.userId);
  assert.equal(world.requests.length, 2);
});

test("what is kept of other scopes or in memory is not used", async () => {
  const world = new World(working());
  await loaded(world);
  await loaded(world, { scopes: ["chat"] });
  await loaded(world, { keep: "memory" });
  await loaded(world, { keep: "memory" });

  assert.equal(world.requests.length, 4);
  assert.equal(world.stored.size, 2);
});

for (const [what, storage] of [
  ["throws", undefined],
  ["is full", { getItem: () => null, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } }],
])
  test(`where the storage ${what}, the page has its token all the same`, async () => {
    const world = new World(working());
    globalThis.sessionStorage = storage;

    const { source, token } = await loaded(world);

    assert.deepEqual(await source.get(), token);
    assert.equal(world.requests.length, 1);
  });

test("what is kept may be anything: then it is not used", async () => {
  for (const text of ["", "{", "null", "3", "[]", '{"userId":1}']) {
    const world = new World(working());
    world.stored.set(`acs-tokens:${API.api}/guest,,`, text);
    await loaded(world);
    assert.equal(world.requests.length, 1);
  }
});

test("the handle of an earlier load that is over makes a new guest silently", async () => {
  const works = working();
  const world = new World((request, world) =>
    request.headers["X-Guest-Handle"] ? problem(401, "unauthorized") : works(request, world));
  const first = await loaded(world);
  await world.sleep(25 * HOUR);

  const second = await loaded(world);

  assert.notEqual(second.token.userId, first.token.userId);
});

test("a handle that is over after its guest was given out fails, until the page begins anew", async () => {
  const works = working();
  const world = new World((request, world) =>
    request.headers["X-Guest-Handle"] ? problem(401, "unauthorized") : works(request, world));
  const { source, token } = await loaded(world);
  const { credential } = source;
  await world.sleep(2 * HOUR);

  await assert.rejects(credential.getToken(), refused("unauthorized"));
  await assert.rejects(source.get(), refused("unauthorized"));
  assert.equal(world.requests.length, 2);
  const next = await source.get({ renew: true });

  assert.notEqual(next.userId, token.userId);
  assert.notEqual(source.credential, credential);
  await assert.rejects(credential.getToken(), refused("unauthorized"));
  assert.equal((await source.credential.getToken()).token, next.token);
});

test("a token of another identity is refused, and the credential keeps its own", async () => {
  let account = "8:acs:one";
  const works = working();
  const world = new World((request, world) => {
    const [status, fields] = works(request, world);
    return [status, { ...fields, userId: account }];
  });
  const { source } = await loaded(world);
  const { credential } = source;
  account = "8:acs:other";

  await assert.rejects(source.get({ renew: true }), refused("identity-changed"));
  await credential.getToken();
  await world.sleep(2 * HOUR);
  await assert.rejects(credential.getToken(), refused("identity-changed"));
  const next = await source.get({ renew: true });

  assert.equal(next.userId, "8:acs:other");
  await assert.rejects(credential.getToken(), refused("identity-changed"));
});

test("forget deletes the guest, ends the credential, and leaves nothing behind", async () => {
  const world = new World(working());
  const { source, token } = await loaded(world);
  const { credential } = source;

  await source.forget();

  const { method, url, headers } = world.requests[1];
  assert.deepEqual([method, url], ["DELETE", `${API.api}/guest`]);
  assert.ok(headers["X-Guest-Handle"]);
  assert.equal(world.stored.size, 0);
  assert.equal(source.state.error.code, "signed-out");
  await assert.rejects(credential.getToken(), refused("signed-out"));
  await assert.rejects(source.get(), refused("signed-out"));
  assert.notEqual((await source.get({ renew: true })).userId, token.userId);
});

test("a token that arrives after forget is dropped", async () => {
  const works = working();
  let arrive;
  const world = new World(async (request, world) => {
    if (request.method === "POST") await new Promise((done) => (arrive = done));
    return works(request, world);
  });
  const { guestTokens } = await world.load();
  const source = guestTokens(API);
  const pending = source.get();
  await settle();

  await source.forget();
  arrive();

  await assert.rejects(pending, refused("signed-out"));
  assert.equal(world.stored.size, 0);
  assert.deepEqual(world.requests.map(({ method }) => method), ["POST"]);
});

test("a guest that is gone already is forgotten without an error", async () => {
  const works = working();
  const world = new World((request, world) =>
    request.method === "DELETE" ? problem(401, "unauthorized") : works(request, world));
  const { source } = await loaded(world);

  await source.forget();

  assert.equal(source.state.status, "failed");
});

test("after revoke the next token is a new one of the same guest", async () => {
  const world = new World(working());
  const { source, token } = await loaded(world);

  await source.revoke();
  const next = await source.get();

  assert.deepEqual(world.requests.map(({ url }) => url.slice(API.api.length)),
    ["/guest/token", "/guest/revoke", "/guest/token/refresh"]);
  assert.equal(next.userId, token.userId);
  assert.notEqual(next.token, token.token);
});

test("a signed-in user's request has the Entra token and the scopes", async () => {
  const world = new World(working());

  await signedIn(await world.load(), async () => "entra", { scopes: ["chat"] }).get();

  const [{ url, headers, body }] = world.requests;
  assert.equal(url, `${API.api}/me/token`);
  assert.deepEqual(headers, { Authorization: "Bearer entra", "Content-Type": "application/json" });
  assert.deepEqual(JSON.parse(body), { scopes: ["chat"] });
});

test("after a 401 a signed-in user's Entra token is renewed, once", async () => {
  const asked = [];
  const works = working();
  const world = new World((request, world) =>
    request.headers.Authorization === "Bearer old" ? problem(401, "unauthorized") : works(request, world));
  const client = await world.load();

  await signedIn(client, async (renew) => (asked.push(renew), renew ? "new" : "old")).get();
  const hopeless = signedIn(client, async () => "old", { account: "bob" });
  await assert.rejects(hopeless.get(), refused("unauthorized"));

  assert.deepEqual(asked, [false, true]);
  assert.equal(world.requests.length, 4);
});

test("the accessToken that was given last is used", async () => {
  const world = new World(working());
  const client = await world.load();
  signedIn(client, async () => "first");

  await signedIn(client, async () => "second").get();

  assert.equal(world.requests[0].headers.Authorization, "Bearer second");
});

test("what MSAL.js says of a user who must sign in is final, and comes with its claims", async () => {
  const world = new World(working());
  const thrown = Object.assign(new Error("sign in"), { name: "InteractionRequiredAuthError", claims: "{}" });
  const source = signedIn(await world.load(), () => Promise.reject(thrown));

  await assert.rejects(source.get(), refused("interaction-required"));

  const { transient, claims, cause } = source.state.error;
  assert.deepEqual([transient, claims, cause], [false, "{}", thrown]);
});

test("the service's claims come with the error", async () => {
  const world = new World(() => problem(401, "interaction-required", { claims: "{}" }));
  const source = signedIn(await world.load(), async () => "entra", { teams: true });

  await assert.rejects(source.get(), { code: "interaction-required", claims: "{}", requestId: "r-1" });

  assert.equal(world.requests.length, 1);
});

test("what else accessToken throws may be over soon", async () => {
  const world = new World(working());
  let fails = true;
  const source = signedIn(await world.load(), () => {
    if (fails) throw new TypeError("no network");
    return Promise.resolve("entra");
  });
  const stop = source.subscribe(() => {});
  await world.pass(1);
  const { error } = source.state;
  fails = false;

  await world.pass(3_000);
  stop();

  assert.deepEqual([error.code, error.transient], ["sign-in-failed", true]);
  assert.equal(source.state.status, "ready");
});

test("a Teams user gets tokens, and is not the service's to revoke or delete", async () => {
  const world = new World(working());
  const source = signedIn(await world.load(), async () => "entra", { teams: true, scopes: ["voip"] });
  await source.get();

  await assert.rejects(source.revoke(), refused("not-allowed"));
  await source.forget();

  assert.deepEqual(world.requests.map(({ url }) => url), [`${API.api}/me/teams/token`]);
  assert.deepEqual([world.stored.size, source.state.error.code], [0, "signed-out"]);
});

test("a response that holds no token is an error", async () => {
  for (const body of [{}, [], null, "text", { userId: "8:acs:a", token: "" }, { userId: "8:acs:a", token: "t" }]) {
    const world = new World(() => [200, body]);
    await assert.rejects(loaded(world), { code: "bad-response", transient: true });
  }
});

test("nothing is logged, and no error holds a secret", async () => {
  const printed = [];
  for (const name of ["log", "info", "warn", "error", "debug"]) console[name] = (...parts) => printed.push(parts);
  const works = working();
  let fails = false;
  const world = new World((request, world) => (fails ? problem(503, "acs-throttled") : works(request, world)));
  const { source, token } = await loaded(world);
  const secrets = [token.token, "handle-1", token.userId];
  fails = true;

  const errors = [];
  for (const attempt of [() => source.get({ renew: true }), () => source.revoke(), () => source.forget(), () => source.get()])
    await attempt().catch((error) => errors.push(error));

  assert.equal(errors.length, 4);
  for (const error of errors) {
    const text = JSON.stringify({ ...error, message: error.message, stack: error.stack, cure: error.cure });
    assert.ok(error.cure);
    assert.ok(secrets.every((secret) => !text.includes(secret)));
  }
  assert.deepEqual(printed, []);
});
