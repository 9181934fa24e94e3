// In this process there is no window, as on a server that renders pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { guestTokens, signedInTokens } from "../dist/index.js";
import { withInvitation } from "../dist/invitation.js";
import { useAcsToken } from "../dist/react.js";

const API = { api: "https://tokens.test/api" };

test("on a server nothing happens, and no token is given", async () => {
  const source = guestTokens(API);

  source.subscribe(() => assert.fail())();

  assert.equal(source.state.status, "idle");
  await assert.rejects(source.get(), { code: "no-browser" });
  await assert.rejects(guestTokens(API).credential.getToken(), { code: "no-browser" });
});

test("a server has no address to take an invitation from", () => {
  assert.equal(withInvitation(API), API);
});

test("a server keeps nothing of anybody", () => {
  const tokens = () => signedInTokens({ ...API, account: "alice", accessToken: async () => "" });

  assert.notEqual(tokens(), tokens());
});

test("the hook renders idle on a server", () => {
  const Page = () => createElement("p", null, useAcsToken(guestTokens(API)).status);

  assert.equal(renderToString(createElement(Page)), "<p>idle</p>");
});
