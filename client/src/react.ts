"use client";
import { useCallback, useEffect, useState } from "react";
import type { AcsTokenError } from "./errors.js";
import type { AcsCredential, AcsTokenSource } from "./types.js";

/** What a component shows. The fields of an identity come together, and only with a good token. */
export type AcsTokenView = {
  /** Asks the service again; where the identity is over, begins with a new one. */
  readonly retry: () => void;
} & (
  | ({ readonly status: "idle" | "loading"; readonly error?: undefined } & NoIdentity)
  | ({ readonly status: "failed"; readonly error: AcsTokenError } & NoIdentity)
  | {
      readonly status: "ready";
      /** The same object for as long as the identity is the same, as Microsoft's hooks need it. */
      readonly userId: { communicationUserId: string };
      readonly credential: AcsCredential;
      /** The URL of the ACS resource, which a chat adapter needs. */
      readonly endpoint: string;
      /** The last renewal failed; the token is still good. */
      readonly error?: AcsTokenError | undefined;
    }
);

interface NoIdentity {
  readonly userId?: undefined;
  readonly credential?: undefined;
  readonly endpoint?: undefined;
}

type View = AcsTokenView extends infer V ? (V extends unknown ? Omit<V, "retry"> : never) : never;

interface Seen {
  readonly source: AcsTokenSource;
  readonly view: View;
}

const IDLE: View = { status: "idle" };

// One object for each identity, also where several components show it.
const userIds = new WeakMap<AcsCredential, { communicationUserId: string }>();

/**
 * Gets a token while the component is shown, and keeps it renewed.
 *
 * It says `idle` on a server and in the first rendering of the page, so that both are the same.
 * It needs React 16.8, so it does without `useSyncExternalStore`.
 */
export function useAcsToken(source: AcsTokenSource): AcsTokenView {
  const [seen, setSeen] = useState<Seen>({ source, view: IDLE });
  useEffect(() => {
    const update = (): void => setSeen({ source, view: viewOf(source) });
    update();
    return source.subscribe(update);
  }, [source]);
  const retry = useCallback(() => void source.get({ renew: true }).catch(() => {}), [source]);
  return { ...(seen.source === source ? seen.view : IDLE), retry } as AcsTokenView;
}

function viewOf({ state, credential }: AcsTokenSource): View {
  if (state.status !== "ready") return state;
  const userId = userIds.get(credential) ?? { communicationUserId: state.userId };
  userIds.set(credential, userId);
  return { ...state, userId, credential } as View;
}
