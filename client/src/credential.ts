import { until } from "./time.js";
import type { AcsCredential, AcsToken } from "./types.js";

/** Makes what Microsoft's classes take. Its functions work without `this`. */
export function credentialOf(get: () => Promise<AcsToken>): AcsCredential {
  return {
    async getToken(options) {
      const { token, expiresOn } = await until(options?.abortSignal, get());
      return { token, expiresOnTimestamp: +expiresOn };
    },
    dispose() {},
  };
}
