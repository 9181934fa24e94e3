// Guests who bring an invitation, and guests who were banned.
import assert from "node:assert/strict";
import { test } from "node:test";
import { problem, working, World } from "./world.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const API = { api: "https://tokens.test/api" };
const PAGE = "https://page.test/call?room=1";
const INVITATION = "eyJhbGci.eyJqdGki.c2ln-_";
const refused = (code) => (error) => error.code === code;
const sent = (world) => world.requests.map(({ headers }) => headers["X-Invitation"]);

/** A service that lets new guests in with this invitation alone, and fails as it is told to. */
function invitedOnly(invitation = INVITATION) {
  const works = working();
  const service = (request, world) => {
    if (service.failure) return service.failure();
    const { "X-Guest-Handle": handle, "X-Invitation": brought } = request.headers;
    return handle || brought === invitation ? works(request, world) : problem(403, "invitation");
  };
  return service;
}

/** A page load that takes the invitation from its address. */
async function loaded(world, options = {}) {
  const { guestTokens, withInvitation } = await world.load();
  return guestTokens(withInvitation({ ...API, ...options }));
}

function worldAt(fragment, service = invitedOnly()) {
  const world = new World(service);
  world.address.hash = fragment;
  return world;
}

test("a new guest's request carries the invitation, and none with a handle does", async () => {
  const world = new World(invitedOnly());
  const { guestTokens } = await world.load();
  const source = guestTokens({ ...API, invitation: INVITATION, scopes: ["voip"] });

  await source.get();
  await source.get({ renew: true });
  await source.revoke();
  await source.forget();

  const [{ method, url, headers, body }, ...others] = world.requests;
  assert.deepEqual([method, url, body], ["POST", `${API.api}/guest/token?scope=voip`, null]);
  assert.deepEqual(headers, { "X-Invitation": INVITATION });
  assert.deepEqual(others.map(({ headers }) => Object.keys(headers)), Array(3).fill(["X-Guest-Handle"]));
});

test("the source and the record do not depend on the invitation", async () => {
  const world = new World(invitedOnly());
  const { guestTokens } = await world.load();
  const source = guestTokens({ ...API, invitation: INVITATION });

  await source.get();

  assert.equal(guestTokens(API), source);
  assert.ok(![...world.stored].flat().some((text) => text.includes(INVITATION)));
});

for (const [fragment, rest] of [
  [`#invitation=${INVITATION}`, ""],
  [`#invitation=${INVITATION}&room=5`, "#room=5"],
  [`#/rooms/5?a=$&&invitation=${INVITATION}&b=%20c`, "#/rooms/5?a=$&&b=%20c"],
  [`#a#b&invitation=${INVITATION}`, "#a#b"],
  [`#invitation=${INVITATION}&invitation=other`, ""],
])
  test(`of the address ${fragment} only the invitation is taken`, async () => {
    const world = worldAt(fragment);

    const source = await loaded(world);
    const { href } = world.address;
    await source.get();

    assert.equal(href, PAGE + rest);
    assert.deepEqual(sent(world), [INVITATION]);
  });

for (const fragment of ["", "#room=5", "#my-invitation=a"])
  test(`an address without an invitation stays as it is: '${fragment}'`, async () => {
    const world = worldAt(fragment, working());
    const { withInvitation } = await world.load();

    assert.equal(withInvitation(API), API);
    assert.equal(world.address.href, PAGE + fragment);
  });

test("an invitation that is empty is none", async () => {
  const world = worldAt("#invitation=", working());

  await (await loaded(world)).get();

  assert.deepEqual([world.address.href, ...sent(world)], [PAGE, undefined]);
});

test("a component that is rendered twice has the same invitation and the same source", async () => {
  const world = worldAt(`#invitation=${INVITATION}`);
  const { guestTokens, withInvitation } = await world.load();

  const [first, second] = [1, 2].map(() => guestTokens(withInvitation(API)));
  await first.get();

  assert.equal(first, second);
  assert.deepEqual(sent(world), [INVITATION]);
});

for (const [what, failure] of [
  ["failed", () => problem(503, "acs-unavailable")],
  ["never arrived", () => Promise.reject(new TypeError("offline"))],
  ["had a response that is no token", () => [200, "<html>"]],
])
  test(`a first request that ${what} is sent again with the invitation after a reload`, async () => {
    const service = invitedOnly();
    const world = worldAt(`#invitation=${INVITATION}`, service);
    service.failure = failure;
    await assert.rejects((await loaded(world)).get());
    service.failure = undefined;

    await (await loaded(world)).get();

    assert.deepEqual(sent(world), [INVITATION, INVITATION]);
  });

test("once there is a guest, nothing of the invitation is kept, and a reload costs no request", async () => {
  const world = worldAt(`#invitation=${INVITATION}`);
  const { userId } = await (await loaded(world)).get();

  const again = await (await loaded(world)).get();

  assert.equal(again.userId, userId);
  assert.equal(world.requests.length, 1);
  assert.ok(![...world.stored].flat().some((text) => text.includes("nvitation") || text.includes(INVITATION)));
});

test("after a reload another service is not sent the invitation", async () => {
  const service = invitedOnly();
  const world = worldAt(`#invitation=${INVITATION}`, service);
  service.failure = () => problem(503, "acs-unavailable");
  await assert.rejects((await loaded(world)).get());

  await assert.rejects((await loaded(world, { api: "https://other.test/api" })).get());

  assert.deepEqual(sent(world), [INVITATION, undefined]);
});

test("with keep: memory the invitation is in no storage", async () => {
  const service = invitedOnly();
  const world = worldAt(`#invitation=${INVITATION}`, service);
  service.failure = () => problem(503, "acs-unavailable");

  await assert.rejects((await loaded(world, { keep: "memory" })).get());

  assert.deepEqual([world.stored.size, ...sent(world)], [0, INVITATION]);
});

test("where the storage throws, the invitation is sent all the same", async () => {
  const world = worldAt(`#invitation=${INVITATION}`);
  globalThis.sessionStorage = undefined;

  await (await loaded(world)).get();

  assert.deepEqual([world.address.href, ...sent(world)], [PAGE, INVITATION]);
});

test("the page's own fetch is used", async () => {
  const world = worldAt(`#invitation=${INVITATION}`);
  const urls = [];
  const own = (url, init) => (urls.push(url), fetch(url, init));

  await (await loaded(world, { fetch: own })).get();

  assert.deepEqual(urls, [`${API.api}/guest/token`]);
});

test("an invitation that is not valid is final, until the page has another one", async () => {
  const world = worldAt("#invitation=used-up");
  const { guestTokens, withInvitation } = await world.load();
  const source = guestTokens(withInvitation(API));
  source.subscribe(() => {});
  await world.pass(HOUR);
  await world.hear("online");
  const { status, error } = source.state;
  const before = world.requests.length;

  world.address.hash = `#invitation=${INVITATION}`;
  guestTokens(withInvitation(API));
  await source.get({ renew: true });

  assert.deepEqual([status, error.code, error.status, error.transient], ["failed", "invitation", 403, false]);
  assert.equal(error.cure, "Get an invitation.");
  assert.equal(before, 1);
  assert.deepEqual(sent(world), ["used-up", INVITATION]);
});

/** A guest whose next renewal is refused by a ban. */
async function banned() {
  const works = working();
  const service = (request, world) =>
    service.isBanned ? problem(409, "banned") : works(request, world);
  const world = new World(service);
  const source = (await world.load()).guestTokens(API);
  source.subscribe(() => {});
  const { userId } = await source.get();
  service.isBanned = true;
  return { world, service, source, userId };
}

test("a banned guest has no token any more, and is not asked for again", async () => {
  const { world, source } = await banned();
  const { credential } = source;
  await world.pass(51 * MINUTE); // the token would live for nine more
  const { status, error } = source.state;

  await assert.rejects(credential.getToken(), refused("banned"));
  await world.pass(5 * HOUR);
  for (const event of ["online", "pageshow", "visibilitychange"]) await world.hear(event);

  assert.deepEqual([status, error.code, error.transient, error.cure], ["failed", "banned", false, "Ask the organizer."]);
  assert.equal(source.state.error, error);
  assert.equal(world.requests.length, 2);
});

test("a guest whose ban is lifted is the same one, with the same credential", async () => {
  const { world, service, source, userId } = await banned();
  const { credential } = source;
  await assert.rejects(source.get({ renew: true }), refused("banned"));
  service.isBanned = false;

  const token = await source.get({ renew: true });

  assert.equal(token.userId, userId);
  assert.equal(source.credential, credential);
  assert.equal((await credential.getToken()).token, token.token);
  assert.equal(world.requests[2].url, `${API.api}/guest/token/refresh`);
});

test("after a reload a banned guest asks once, and is the same one when the ban is lifted", async () => {
  const { world, service, source, userId } = await banned();
  await assert.rejects(source.get({ renew: true }), refused("banned"));

  await assert.rejects((await loaded(world)).get(), refused("banned"));
  service.isBanned = false;
  const token = await (await loaded(world)).get();

  assert.equal(token.userId, userId);
  assert.deepEqual(world.requests.slice(1).map(({ url }) => url), Array(3).fill(`${API.api}/guest/token/refresh`));
});

test("somebody who is banned at the first request learns it", async () => {
  const world = new World(() => problem(409, "banned"));
  const { signedInTokens } = await world.load();
  const source = signedInTokens({ ...API, account: "alice", accessToken: async () => "entra" });

  await assert.rejects(source.get(), refused("banned"));

  assert.deepEqual([source.state.status, world.requests.length, world.stored.size], ["failed", 1, 0]);
});
