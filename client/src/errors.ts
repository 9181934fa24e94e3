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

const AGAIN = "Begin with a new identity: get({ renew: true }) or retry().";

const CURES: { readonly [code in AcsTokenErrorCode]?: string } = {
  network: "Check the connection, and that the service's CORS setting lists this page's origin.",
  timeout: "Check the connection, and that the service runs.",
  "bad-response": "Check that api is the service's address, which ends with /api.",
  "identity-changed": AGAIN,
  "signed-out": AGAIN,
  "sign-in-failed": "Look at cause: it is what accessToken() threw.",
  "no-browser": "Get tokens in the browser only; on a server all visitors would share one.",
  "interaction-required": "Let the user sign in again, and pass claims on to the sign-in.",
  unauthorized: "Signed-in users sign in again. Guests begin anew: get({ renew: true }) or retry().",
  "guests-off": "Set GUESTS=on in the service's settings.",
  "sign-in-off": "Set ENTRA_TENANT_IDS and ENTRA_CLIENT_ID in the service's settings.",
  misconfigured: "Read the service's log: it names the setting.",
};

/** What may come with an error. */
export interface ErrorDetails {
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly requestId?: string | undefined;
  readonly claims?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Why there is no token, or why it could not be renewed.
 *
 * Neither the message nor any field holds a token, a guest handle or a user id.
 */
export class AcsTokenError extends Error {
  override readonly name = "AcsTokenError";
  /** What happened. Programs decide by it. */
  readonly code: AcsTokenErrorCode;
  /** The HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** Seconds that the service wants to be left alone. */
  readonly retryAfter: number | undefined;
  /** The id by which the service's log knows the request. */
  readonly requestId: string | undefined;
  /** With `interaction-required`: what the sign-in must be given. */
  readonly claims: string | undefined;
  /** Whether the same request may succeed later. The source then tries again by itself. */
  readonly transient: boolean;

  constructor(code: AcsTokenErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfter = details.retryAfter;
    this.requestId = details.requestId;
    this.claims = details.claims;
    this.transient = isTransient(code, details.status);
  }

  /** What to do about it, in one sentence. */
  get cure(): string {
    return (
      CURES[this.code] ??
      (this.transient ? "Wait: the source tries again by itself." : `Look up ${this.code} in docs/errors.md.`)
    );
  }
}

function isTransient(code: AcsTokenErrorCode, status: number | undefined): boolean {
  if (code === "misconfigured") return false;
  if (status === undefined) return ["network", "timeout", "sign-in-failed"].includes(code);
  return status < 300 || status === 429 || status > 500;
}
