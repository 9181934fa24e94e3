import type { AcsTokenError } from "./errors.js";

/** An access token. */
export interface AcsToken {
  readonly userId: string;
  readonly token: string;
  /** When it ends, by the device's clock, even if that is wrong. */
  readonly expiresOn: Date;
  /** The URL of the ACS resource, which a chat client needs. */
  readonly endpoint: string;
}

/** What a page may show. The same object until something changes. */
export type AcsTokenState =
  | { readonly status: "idle" | "loading"; readonly error?: undefined }
  | {
      readonly status: "ready";
      readonly userId: string;
      readonly expiresOn: Date;
      readonly endpoint: string;
      /** The last renewal failed; the token is still good. */
      readonly error?: AcsTokenError | undefined;
    }
  | { readonly status: "failed"; readonly error: AcsTokenError };

/** An AbortSignal, or what the Azure SDKs take for one. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: (this: AbortSignalLike, event: any) => any, options?: any): void;
  removeEventListener(type: "abort", listener: (this: AbortSignalLike, event: any) => any, options?: any): void;
}

/** A token in the form that Microsoft's classes take. */
export interface AcsAccessToken {
  readonly token: string;
  /** Milliseconds since 1970, by the device's clock. */
  readonly expiresOnTimestamp: number;
}

/** What CallClient, ChatClient and the composites take: a `CommunicationTokenCredential`. */
export interface AcsCredential {
  getToken(options?: { abortSignal?: AbortSignalLike | undefined }): Promise<AcsAccessToken>;
  /** Does nothing: the source keeps the token. */
  dispose(): void;
}

/** Gets the tokens of one identity, and keeps them renewed. */
export interface AcsTokenSource {
  readonly state: AcsTokenState;
  /**
   * Listens to changes of `state`. While anybody listens, the token is got and kept renewed.
   * A function that listens twice is called once.
   *
   * @returns What ends that.
   */
  subscribe(listener: () => void): () => void;
  /**
   * Returns a token that lives for 30 more seconds at least, from the cache where there is one.
   *
   * @param options `renew`: ask the service in any case, also after a failure that the source does
   *   not repeat by itself; where the identity is over, begin with a new one. `signal` frees this
   *   caller only.
   * @throws AcsTokenError
   */
  get(options?: { signal?: AbortSignalLike; renew?: boolean }): Promise<AcsToken>;
  /** One object for as long as the identity is the same; it never gives tokens of another one. */
  readonly credential: AcsCredential;
  /** For `new AzureCommunicationTokenCredential({ tokenRefresher: source.refresher })`. */
  readonly refresher: (signal?: AbortSignalLike) => Promise<AcsAccessToken>;
  /** Ends all tokens of the identity, which stays. */
  revoke(): Promise<void>;
  /** Deletes the identity, and what is kept of it in this browser, for all tabs. */
  forget(): Promise<void>;
}
