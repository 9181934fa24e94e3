import { accessToken, credentialOf, until } from "./credential.js";
import { AcsTokenError } from "./errors.js";
import { Identity, type Surroundings } from "./identity.js";
import type { Kept } from "./record.js";
import { Renewal } from "./renewal.js";
import type {
  AbortSignalLike,
  AcsAccessToken,
  AcsCredential,
  AcsToken,
  AcsTokenSource,
  AcsTokenState,
} from "./types.js";

/** The source of a page: one identity after another, each with a credential of its own. */
export class Source implements AcsTokenSource {
  readonly #with: Surroundings;
  readonly #listeners = new Set<() => void>();
  #renewal: Renewal;
  #credential: AcsCredential | undefined;
  #state: AcsTokenState = { status: "idle" };

  constructor(surroundings: Surroundings) {
    this.#with = surroundings;
    this.#renewal = this.#begin();
    surroundings.store.watch((kept) => this.#see(kept));
  }

  get state(): AcsTokenState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    const entry = (): void => listener(); // the same function may listen twice
    this.#listeners.add(entry);
    if (this.#listeners.size === 1) this.#renewal.start();
    return () => {
      this.#listeners.delete(entry);
      if (!this.#listeners.size) this.#renewal.stop();
    };
  }

  get({ signal, renew = false }: { signal?: AbortSignalLike; renew?: boolean } = {}): Promise<AcsToken> {
    if (renew) this.#replaceWhatIsOver();
    return until(signal, this.#renewal.token(renew).then(toToken));
  }

  get credential(): AcsCredential {
    const renewal = this.#renewal;
    return (this.#credential ??= credentialOf((signal) => until(signal, renewal.token(false).then(toToken))));
  }

  readonly refresher = async (signal?: AbortSignalLike): Promise<AcsAccessToken> => {
    const renewal = this.#renewal;
    // Microsoft's class wants a new token now, and does not ask again after an error.
    await until(signal, renewal.ahead());
    return accessToken(toToken(await until(signal, renewal.token(false))));
  };

  async revoke(): Promise<void> {
    const renewal = this.#renewal;
    await renewal.open();
    await this.#with.caller.revoke(this.#with.platform, renewal.identity.kept?.handle);
    renewal.identity.spend();
    renewal.check();
  }

  async forget(): Promise<void> {
    const { platform, caller, store } = this.#with;
    await this.#renewal.open();
    const handle = this.#renewal.identity.kept?.handle;
    store.clear();
    this.#end();
    try {
      await caller.remove(platform, handle);
    } catch (error) {
      // A guest whose handle is refused is gone.
      if (!caller.isGuest || (error as AcsTokenError).code !== "unauthorized") throw error;
    }
  }

  #begin(): Renewal {
    const identity = new Identity(this.#with);
    const renewal = new Renewal(this.#with.platform, identity, () => {
      if (renewal === this.#renewal) this.#show();
    });
    return renewal;
  }

  /** What another tab did. */
  #see(kept: Kept | undefined): void {
    const { identity } = this.#renewal;
    if (!kept && identity.kept) this.#end();
    else if (kept && !this.#isOver && identity.adopt(kept)) this.#renewal.adopted();
  }

  /** Whoever holds the identity's credential gets no token any more. */
  #end(): void {
    this.#renewal.identity.end = new AcsTokenError("signed-out", "The identity was forgotten.");
    this.#renewal.stop();
    this.#show();
  }

  get #isOver(): boolean {
    const { code } = this.#renewal.error ?? {};
    return code === "signed-out" || code === "identity-changed" || (code === "unauthorized" && this.#with.caller.isGuest);
  }

  #replaceWhatIsOver(): void {
    if (!this.#isOver) return;
    const { store } = this.#with;
    const { identity } = this.#renewal;
    identity.end ??= this.#renewal.error;
    if (store.read()?.userId === identity.kept?.userId) store.clear();
    this.#renewal.stop();
    this.#renewal = this.#begin();
    this.#credential = undefined;
    if (this.#listeners.size) this.#renewal.start();
  }

  #show(): void {
    const state = stateOf(this.#renewal);
    if (isSame(state, this.#state)) return;
    this.#state = state;
    for (const listener of this.#listeners) queueMicrotask(listener);
  }
}

function stateOf({ identity: { kept, life, end }, error, isBusy }: Renewal): AcsTokenState {
  if (kept && life && !end) {
    const { userId, expiresOn, endpoint } = toToken(kept);
    return { status: "ready", userId, expiresOn, endpoint, ...(error && { error }) };
  }
  return error ? { status: "failed", error } : { status: isBusy ? "loading" : "idle" };
}

function isSame(one: AcsTokenState, other: AcsTokenState): boolean {
  const parts = [one, other].map((state) => JSON.stringify({ ...state, error: undefined }));
  return parts[0] === parts[1] && errorOf(one) === errorOf(other);
}

function errorOf(state: AcsTokenState): AcsTokenError | undefined {
  return "error" in state ? state.error : undefined;
}

function toToken({ userId, token, endpoint, since, lifetime }: Kept): AcsToken {
  return { userId, token, endpoint, expiresOn: new Date(since + lifetime) };
}
