import type { AbortSignalLike, AcsAccessToken, AcsCredential, AcsToken } from "./types.js";

/** Gets a token for a caller who may give up. */
type Get = (signal?: AbortSignalLike) => Promise<AcsToken>;

/** Makes what Microsoft's classes take. Its functions work without `this`. */
export function credentialOf(get: Get): AcsCredential {
  return {
    getToken: async (options) => accessToken(await get(options?.abortSignal)),
    dispose() {},
  };
}

/** A token as Microsoft's classes name its fields. */
export function accessToken({ token, expiresOn }: AcsToken): AcsAccessToken {
  return { token, expiresOnTimestamp: expiresOn.getTime() };
}

/** Lets one caller give up waiting; the work goes on for the others. */
export function until<T>(signal: AbortSignalLike | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new DOMException("The caller gave up.", "AbortError"));
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
  });
}
