import type { Platform } from "./platform.js";

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

/** Where the record is kept: `tab` is sessionStorage, `browser` is localStorage. */
export type Keep = "tab" | "browser" | "memory";

/** The record's place in the browser's storage. Where storage throws or is full, nothing is kept. */
export class Store {
  readonly #platform: Platform;
  readonly #keep: Keep;
  readonly #key: string;

  constructor(platform: Platform, keep: Keep, key: string) {
    this.#platform = platform;
    this.#keep = keep;
    this.#key = key;
  }

  read(): Kept | undefined {
    return parse(this.#use((storage) => storage.getItem(this.#key)));
  }

  write(kept: Kept): void {
    this.#use((storage) => storage.setItem(this.#key, JSON.stringify(kept)));
  }

  clear(): void {
    this.#use((storage) => storage.removeItem(this.#key));
  }

  /** Tells what other tabs write; undefined when they removed it. Returns what stops that. */
  watch(listener: (kept: Kept | undefined) => void): () => void {
    if (this.#keep !== "browser") return () => {};
    return this.#platform.on("storage", (event) => {
      const { key, newValue } = event as StorageEvent;
      // A key of null: the whole storage was cleared.
      if (key === this.#key || key === null) listener(parse(newValue));
    });
  }

  #use<T>(action: (storage: Storage) => T): T | undefined {
    if (this.#keep === "memory") return undefined;
    try {
      return action(this.#platform.storage(this.#keep));
    } catch {
      return undefined;
    }
  }
}

function parse(text: string | null | undefined): Kept | undefined {
  try {
    const kept = JSON.parse(text ?? "null") as Kept | null;
    return typeof kept?.userId === "string" && typeof kept.token === "string" ? kept : undefined;
  } catch {
    return undefined;
  }
}
