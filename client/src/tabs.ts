import type { Store } from "./record.js";
import { abortAfter, on } from "./time.js";

/** In milliseconds. An enum of constants, because it leaves only the numbers in the bundle. */
const enum Wait {
  ForOtherTabs = 5_000,
  /** Until other tabs see what was written. */
  ForStorage = 200,
  /** Until the browser has noticed that a page is gone. */
  ForSeat = 500,
}

/** Does work while it holds a lock; rejects if it does not get the lock in time. */
function holding<T>(name: string, ms: number, work: () => Promise<T>): Promise<T> {
  const [signal, stop] = abortAfter(ms);
  const begin = (): Promise<T> => {
    stop();
    return work();
  };
  // Where there are no locks, nobody else can be asked to wait.
  return navigator.locks?.request(name, { signal }, begin) ?? begin();
}

/**
 * Does work that one tab at a time should do.
 *
 * The lock only saves requests: without it the work is done as well. So nobody waits longer than
 * five seconds, as a frozen tab may hold the lock for ever.
 */
export function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve) => {
    let begun: Promise<T> | undefined;
    const begin = (): Promise<T> => {
      resolve((begun ??= work()));
      // Other tabs see what was written a little later than they may get the lock.
      return begun.finally(() => new Promise((end) => setTimeout(end, Wait.ForStorage)));
    };
    holding(name, Wait.ForOtherTabs, begin).catch(begin).catch(() => {});
  });
}

/**
 * What tells a page from a copy of its tab: a lock, which the page holds while it lives.
 *
 * A page that ends takes the seat's name out of the record, so that a reload needs no lock.
 */
export interface Seat {
  /** Returns the name of this page's seat. */
  id(): string;
  /** Takes the seat of a record; resolves to false if another page has it. */
  take(id: string): Promise<boolean>;
}

export function newSeat(store: Store): Seat {
  let ours = "";
  let leave: () => void;
  const take = (id: string): Promise<boolean> =>
    new Promise((resolve) => {
      const sit = (): Promise<void> => {
        ours = id;
        resolve(true);
        return new Promise((end) => (leave = end));
      };
      holding(id, Wait.ForSeat, sit).catch(() => resolve(false));
    });
  // While a page opens another one, Chromium may refuse it a lock that it could have.
  const keep = async (): Promise<unknown> => (await take(ours)) || take(ours);
  const mark = (seat?: string): void => {
    const kept = store.read();
    store.write(kept && { ...kept, seat });
  };
  on("pagehide", () => {
    mark();
    leave?.(); // a page that holds a lock can't be restored by the browser's back button
  });
  on("pageshow", ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    mark(ours);
    void keep();
  });
  return {
    id() {
      if (!ours) {
        ours = `${Math.random()}`;
        void keep();
      }
      return ours;
    },
    take,
  };
}
