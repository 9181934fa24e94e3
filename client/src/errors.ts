import type { ProblemCode } from "./problems.js";

/** Failures that the service knows nothing of. */
export type ClientCode =
  | "network"
  | "timeout"
  | "bad-response"
  | "identity-changed"
  | "signed-out"
  | "sign-in-failed"
  | "no-browser";

/** Why there is no token. A newer service may send a code that this list does not have. */
export type AcsTokenErrorCode = ProblemCode | ClientCode;

const ANEW = "Begin anew: get({renew: true}).";

const CURES: { readonly [code in AcsTokenErrorCode]?: string } = {
  network: "Check network and CORS.",
  "identity-changed": ANEW,
  "signed-out": ANEW,
  "interaction-required": "Sign in with claims.",
  unauthorized: `Sign in. ${ANEW}`,
  banned: "Ask the organizer.",
  invitation: "Get an invitation.",
};

/** What may come with an error. */
export interface ErrorDetails {
  /** The HTTP status; 0 if there was no response. */
  readonly status?: number | undefined;
  /** Seconds that the service wants to be left alone; 0 if it did not say. */
  readonly retryAfter?: number | undefined;
  /** The id by which the service's log knows the request. */
  readonly requestId?: string | undefined;
  /** With `interaction-required`: what the sign-in must be given. */
  readonly claims?: string | undefined;
  cause?: unknown;
}

// The constructor gives an error all its details.
export interface AcsTokenError extends ErrorDetails {}

/**
 * Why there is no token, or why it could not be renewed.
 *
 * Neither the message nor any field holds a token, a guest handle or a user id.
 */
export class AcsTokenError extends Error {
  /** What happened. Programs decide by it. */
  declare readonly code: AcsTokenErrorCode;
  /** Whether the same request may succeed later. The source then tries again by itself. */
  declare readonly transient: boolean;
  /** What to do about it, in one sentence. */
  declare readonly cure: string;

  /** @param text What the service says of it; without it, the message is the cure. */
  constructor(code: AcsTokenErrorCode, details: ErrorDetails = {}, text?: string) {
    const { status = 400 } = details;
    const transient = code !== "misconfigured" && (status < 300 || status === 429 || status > 500);
    const cure = CURES[code] ?? (transient ? "Wait." : "See the docs.");
    super(`${code}: ${text ?? cure}`);
    Object.assign(this, { name: "AcsTokenError", code, transient, cure }, details);
  }
}
