import { AcsTokenError } from "./errors.js";
import type { AcsTokenSource } from "./types.js";

const noToken = (): Promise<never> =>
  Promise.reject(new AcsTokenError("no-browser", "There are no tokens on a server."));

/** The source while a page is rendered on a server: it never has a token. */
export const serverSource: AcsTokenSource = {
  state: { status: "idle" },
  subscribe: () => () => {},
  get: noToken,
  credential: { getToken: noToken, dispose() {} },
  refresher: noToken,
  revoke: noToken,
  forget: noToken,
};
