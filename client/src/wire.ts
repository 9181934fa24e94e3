import { AcsTokenError, type AcsTokenErrorCode } from "./errors.js";
import type { Issued } from "./record.js";
import { abortAfter, until } from "./time.js";

const enum Ms {
  Limit = 30_000,
}

/** What a response may hold: a token, or a problem. Of a foreign server's response nothing is sure. */
export interface Fields {
  readonly userId?: string;
  readonly token?: string;
  readonly expiresIn?: number;
  readonly expiresOn?: string;
  readonly endpoint?: string;
  readonly guestHandle?: string;
  readonly type?: string;
  readonly detail?: string;
  readonly requestId?: string;
  readonly retryAfter?: number;
  readonly claims?: string;
}

/**
 * Does work with a time limit.
 *
 * @param work Is given a signal that is aborted when the time is over.
 * @throws AcsTokenError with the code `timeout`.
 */
export function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [signal, stop] = abortAfter(Ms.Limit);
  return until(signal, work(signal), () => new AcsTokenError("timeout", { status: 0 })).finally(stop);
}

/**
 * Sends a request; returns the fields of the response.
 *
 * @throws AcsTokenError if there is no response, or not a successful one.
 */
export async function send(request: typeof fetch, url: string, init: RequestInit): Promise<Fields> {
  const response = await request(url, init).catch((cause: unknown) => {
    throw new AcsTokenError("network", { status: 0, cause });
  });
  const { ok, status, headers } = response;
  const fields = ((await response.json().catch(() => {})) ?? {}) as Fields;
  if (ok) return fields;
  const { type, detail, requestId, claims, retryAfter } = fields;
  const slug = type?.split(":acs-tokens:")[1];
  // A platform's own responses have no problem in them.
  const code = (slug ?? (status === 401 ? "unauthorized" : "bad-response")) as AcsTokenErrorCode;
  const seconds = Number(retryAfter ?? headers.get("Retry-After")) || 0;
  throw new AcsTokenError(code, { status, retryAfter: seconds, requestId, claims }, detail);
}

/**
 * Reads a token.
 *
 * @param since When it was asked for, by the device's clock.
 * @param handle The one that it was asked for with; the response may leave it out.
 * @throws AcsTokenError with the code `bad-response`.
 */
export function issued(fields: Fields, since: number, handle?: string): Issued {
  const { userId, token, endpoint = "", guestHandle = handle, expiresIn, expiresOn } = fields;
  // The service's clock counts; expiresOn is right only where the device's clock is.
  const lifetime = expiresIn ? expiresIn * 1_000 : Date.parse(expiresOn as string) - since;
  if (userId && token && lifetime > 0) return { userId, token, endpoint, since, lifetime, handle: guestHandle };
  throw new AcsTokenError("bad-response", { status: 200 });
}
