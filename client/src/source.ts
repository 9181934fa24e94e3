import type { Caller } from "./caller.js";
import { credentialOf } from "./credential.js";
import { AcsTokenError } from "./errors.js";
import { type Keep, type Kept, openStore, watch } from "./record.js";
import { newRenewal, type Renewal } from "./renewal.js";
import { stateOf } from "./state.js";
import { isOf, type Surroundings } from "./supply.js";
import { newSeat } from "./tabs.js";
import { isServer, until } from "./time.js";
import type { AcsCredential, AcsTokenSource, AcsTokenState } from "./types.js";

/** Makes the source of a page: one identity after another, each with a credential of its own. */
export function newSource(caller: Caller, keep: Keep): AcsTokenSource {
  const store = openStore(keep, caller.key);
  const seat = keep === "tab" && caller.isGuest ? newSeat(store) : undefined;
  const surroundings: Surroundings = { caller, store, seat, isShared: keep === "browser" };
  const listeners = new Set<() => void>();
  let state: AcsTokenState = { status: "idle" };
  let shown: Kept | undefined;
  let renewal!: Renewal;
  let credential!: AcsCredential;

  const begin = (): void => {
    const begun = newRenewal(surroundings, () => begun === renewal && show());
    renewal = begun;
    credential = credentialOf(() => begun.token());
  };

  const show = (): void => {
    const next = stateOf(renewal);
    if (next.status === state.status && next.error === state.error && renewal.kept === shown) return;
    state = next;
    shown = renewal.kept;
    for (const listener of listeners) queueMicrotask(listener);
  };

  /** Whether only another identity can have tokens: signed-out, identity-changed, a guest's 401. */
  const isOver = (): boolean => {
    const code = renewal.error?.code;
    return code === "signed-out" || code === "identity-changed" || (caller.isGuest && code === "unauthorized");
  };

  const signOut = (): void => renewal.finish(new AcsTokenError("signed-out"));

  const beginAnew = (): void => {
    if (store.read()?.userId === renewal.known) store.write();
    renewal.finish(renewal.error as AcsTokenError);
    begin();
    if (listeners.size) renewal.start();
  };

  begin();
  if (surroundings.isShared)
    watch(caller.key, (kept) => {
      if (!kept) renewal.kept && signOut();
      else if (!isOver() && isOf(renewal, kept)) renewal.take(kept);
    });

  return {
    get state() {
      return state;
    },
    get credential() {
      return credential;
    },
    subscribe(listener) {
      if (isServer) return () => {};
      if (!listeners.size) renewal.start();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (!listeners.size) renewal.stop();
      };
    },
    get({ signal, renew } = {}) {
      if (renew && isOver()) beginAnew();
      return until(signal, renewal.token(renew));
    },
    refresher: (signal) => credential.getToken({ abortSignal: signal }),
    async revoke() {
      const revoked = renewal;
      await revoked.open();
      await caller.ask("/revoke", revoked.kept?.handle);
      revoked.spend();
    },
    async forget() {
      await renewal.open();
      const handle = renewal.kept?.handle;
      store.write();
      signOut();
      if (caller.isGuest && !handle) return;
      await caller.ask("", handle).catch((error: AcsTokenError) => {
        // A guest that is refused is gone, and a Teams user is not the service's to delete.
        if (error.code !== (handle ? "unauthorized" : "not-allowed")) throw error;
      });
    },
  };
}
