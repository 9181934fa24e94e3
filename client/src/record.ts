import { on } from "./time.js";
import type { AcsToken } from "./types.js";

/** What the service issued. */
export interface Issued {
  readonly userId: string;
  readonly token: string;
  /** The URL of the ACS resource, which a chat client needs. */
  readonly endpoint: string;
  /** When the token was asked for, by the device's clock, in milliseconds. */
  readonly since: number;
  /** How long the token lives from then on, in milliseconds. */
  readonly lifetime: number;
  /** The credential of a guest. */
  readonly handle?: string | undefined;
}

/** What is kept of it across page loads. */
export interface Kept extends Issued {
  /** Tells the page that owns the record from a copy of its tab. */
  readonly seat?: string | undefined;
}

/** A record as the page sees it. */
export function toToken({ userId, token, endpoint, since, lifetime }: Kept): AcsToken {
  return { userId, token, endpoint, expiresOn: new Date(since + lifetime) };
}

/** Where the record is kept: `tab` is sessionStorage, `browser` is localStorage. */
export type Keep = "tab" | "browser" | "memory";

/** The record's place in the browser's storage. */
export interface Store {
  read(): Kept | undefined;
  /** Writes the record, or removes it. */
  write(kept?: Kept): void;
}

/** Opens a store. Where the browser's storage throws or is full, nothing is kept. */
export function openStore(keep: Keep, key: string): Store {
  const use = <T>(action: (storage: Storage) => T): T | undefined =>
    keep === "memory" ? undefined : tried(() => action(keep === "tab" ? sessionStorage : localStorage));
  return {
    read: () => use((storage) => parse(storage.getItem(key))),
    write: (kept) =>
      use((storage) => (kept ? storage.setItem(key, JSON.stringify(kept)) : storage.removeItem(key))),
  };
}

/** Listens to what other tabs write in localStorage; undefined when they removed it. */
export function watch(key: string, listener: (kept: Kept | undefined) => void): void {
  on("storage", (event: StorageEvent) => {
    // A key of null: the whole storage was cleared.
    if ((event.key ?? key) === key) listener(tried(() => parse(event.newValue)));
  });
}

function parse(text: string | null): Kept | undefined {
  const kept = JSON.parse(text as string) as Kept | null;
  if (kept?.token) return kept;
  return undefined;
}

/** Returns what an action returns; undefined where it throws, as a blocked storage does. */
export function tried<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {}
  return undefined;
}
