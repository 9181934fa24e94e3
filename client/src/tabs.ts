import { abortAfter, on } from "./time.js";

const PATIENCE_MS = 5_000;
const RELOAD_MS = 200; // until the page before has left its seat

/** Does work while it holds a lock; rejects if it does not get the lock in time. */
function holding<T>(name: string, ms: number, work: () => Promise<T>): Promise<T> {
  const [signal, stop] = abortAfter(ms);
  const begin = (): Promise<T> => {
    stop();
    return work();
  };
  // Where there are no locks, nobody else can be asked to wait.
  return globalThis.navigator?.locks?.request(name, { signal }, begin) ?? begin();
}

/**
 * Does work that one tab at a time should do.
 *
 * The lock only saves requests: without it the work is done as well. So nobody waits longer than
 * five seconds, as a frozen tab may hold the lock for ever.
 */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  let begun: Promise<T> | undefined;
  await holding(name, PATIENCE_MS, () => (begun = work())).catch(() => {});
  return begun ?? work();
}

/** What tells a page from a copy of its tab: a lock, which the page holds while it lives. */
export interface Seat {
  /** Returns the name of this page's seat. */
  id(): string;
  /** Returns whether a record is this page's, because nobody else has its seat. */
  isOurs(id: string): Promise<boolean>;
}

export function newSeat(): Seat {
  let ours = "";
  let leave: () => void;
  const take = (id: string): Promise<boolean> =>
    new Promise((resolve) => {
      const sit = (): Promise<void> => {
        ours = id;
        resolve(true);
        return new Promise((end) => (leave = end));
      };
      holding(id, RELOAD_MS, sit).catch(() => resolve(false));
    });
  // A page that holds a lock can't be restored by the browser's back button.
  on("pagehide", () => leave?.());
  on("pageshow", ({ persisted }: PageTransitionEvent) => persisted && take(ours));
  return {
    id() {
      if (!ours) void take((ours = `acs-tokens:${Math.random()}`));
      return ours;
    },
    isOurs: async (id) => id === ours || (!ours && take(id)),
  };
}
