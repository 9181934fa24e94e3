import { AcsTokenError, type AcsTokenErrorCode } from "./errors.js";
import type { Platform } from "./platform.js";
import type { Issued } from "./record.js";

const LIMIT_MS = 30_000;
const PREFIX = "urn:problem-type:acs-tokens:";

/** A JSON object of which nothing is known. */
type Fields = { readonly [name: string]: unknown };

/**
 * Does work with a time limit.
 *
 * @param work Is given a signal that is aborted when the time is over.
 * @throws AcsTokenError with the code `timeout`.
 */
export async function inTime<T>(platform: Platform, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: unknown;
  const limit = new Promise<never>((_, reject) => {
    timer = platform.setTimeout(() => {
      reject(new AcsTokenError("timeout", "The service did not respond in time."));
      controller.abort();
    }, LIMIT_MS);
  });
  try {
    return await Promise.race([work(controller.signal), limit]);
  } finally {
    platform.clearTimeout(timer);
  }
}

/**
 * Sends a request; returns the fields of the response.
 *
 * @throws AcsTokenError if there is no response, or not a successful one.
 */
export async function send(request: typeof fetch, url: string, init: RequestInit): Promise<Fields> {
  let response: Response;
  try {
    response = await request(url, init);
  } catch (cause) {
    throw new AcsTokenError("network", "The service cannot be reached.", { cause });
  }
  const body: unknown = await response.json().catch(() => undefined);
  const fields: Fields = typeof body === "object" && body ? (body as Fields) : {};
  if (response.ok) return fields;
  throw problem(response, fields);
}

/**
 * Reads a token.
 *
 * @param since When it was asked for, by the device's clock.
 * @throws AcsTokenError with the code `bad-response`.
 */
export function issued(fields: Fields, since: number): Issued {
  const { userId, token, endpoint, guestHandle } = fields;
  // The service's clock counts; expiresOn is only right where the device's clock is.
  const lifetime = isPositive(fields.expiresIn)
    ? fields.expiresIn * 1_000
    : Date.parse(String(fields.expiresOn)) - since;
  if (!text(userId) || !text(token) || !isPositive(lifetime))
    throw new AcsTokenError("bad-response", "The response holds no token.", { status: 200 });
  return { userId, token, endpoint: text(endpoint) ? endpoint : "", since, lifetime, handle: text(guestHandle) ? guestHandle : undefined };
}

function problem(response: Response, fields: Fields): AcsTokenError {
  const { status } = response;
  const { type, title, detail, requestId, claims } = fields;
  const code = text(type) && type.startsWith(PREFIX) ? type.slice(PREFIX.length) : CODES[status];
  const seconds = Number(fields.retryAfter ?? response.headers.get("Retry-After") ?? Number.NaN);
  const message = [detail, title].find(text) ?? `The service responded with ${status}.`;
  return new AcsTokenError((code ?? "bad-response") as AcsTokenErrorCode, message, {
    status,
    retryAfter: isPositive(seconds) ? seconds : undefined,
    requestId: text(requestId) ? requestId : undefined,
    claims: text(claims) ? claims : undefined,
  });
}

/** What the Functions host means, which sends no body. */
const CODES: { readonly [status: number]: AcsTokenErrorCode } = {
  401: "unauthorized",
  429: "too-many-requests",
};

function text(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}
