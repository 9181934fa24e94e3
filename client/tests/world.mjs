// All that the client takes of a page, with a clock to move: Date, performance, timers, events,
// sessionStorage, the address, fetch. Nothing here is a browser; browser.test.mjs runs the client in one.
const { Date: RealDate, setImmediate: immediately } = globalThis;
const HOUR = 3_600_000;
let loads = 0;

/** Lets all that waits for promises, and not for time, go on. */
export async function settle() {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((done) => immediately(done));
}

export class World {
  /** The true time, in milliseconds. */
  time = RealDate.UTC(2026, 10, 21);
  /** How far the device's clock is ahead of it. */
  offset = 0;
  stored = new Map();
  /** The page's address, with its fragment. */
  address = new URL("https://page.test/call?room=1");
  /** What was sent: `{at, method, url, headers, body}`. */
  requests = [];
  #slept = 0;
  #timers = new Map();
  #lastTimer = 0;
  #handlers = new Map();
  #service;

  /** @param service Is given a request, and returns `[status, fields]`, or throws. */
  constructor(service) {
    const world = this;
    this.#service = service;
    const globals = {
      window: globalThis,
      document: { hidden: false },
      navigator: {},
      performance: { now: () => world.time - world.#slept },
      sessionStorage: storage(this.stored),
      location: this.address,
      history: { state: { of: "the router" }, replaceState: (...given) => world.#replace(...given) },
      setTimeout: (action, ms = 0, ...given) => {
        world.#timers.set((world.#lastTimer += 1), { at: world.#awake + ms, run: () => action(...given) });
        return world.#lastTimer;
      },
      clearTimeout: (timer) => world.#timers.delete(timer),
      addEventListener: (event, handler, options) => world.#listen(event, handler, options),
      fetch: (url, init) => world.#send(url, init),
      Date: class extends RealDate {
        constructor(...parts) {
          super(...(parts.length ? parts : [world.time + world.offset]));
        }
        static now() {
          return world.time + world.offset;
        }
      },
    };
    for (const [name, value] of Object.entries(globals))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }

  get #awake() {
    return this.time - this.#slept;
  }

  /** Loads the client as a page does: nothing of an earlier load is in memory. */
  async load() {
    this.#timers.clear();
    this.#handlers.clear();
    loads += 1;
    const modules = ["index", "invitation"].map((name) => import(`../dist/${name}.js?load=${loads}`));
    return Object.assign({}, ...(await Promise.all(modules)));
  }

  /** The page hears of an event. */
  async hear(event) {
    for (const handler of this.#handlers.get(event) ?? []) handler({ type: event });
    await settle();
  }

  /** Time passes, and timers end. */
  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      await settle();
      const [timer, next] = [...this.#timers].sort(([, one], [, other]) => one.at - other.at)[0] ?? [];
      if (!next || next.at + this.#slept > end) break;
      this.time = Math.max(this.time, next.at + this.#slept);
      this.#timers.delete(timer);
      next.run();
    }
    this.time = end;
  }

  /** The device sleeps: time passes, but neither its ticks nor its timers go on. */
  async sleep(ms) {
    await settle();
    this.time += ms;
    this.#slept += ms;
  }

  #replace(state, title, address) {
    if (state !== history.state) throw new Error("the router's state is lost");
    this.address.href = new URL(address, this.address).href;
  }

  #listen(event, handler, { signal } = {}) {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler));
    signal?.addEventListener("abort", () => handlers.delete(handler));
  }

  async #send(url, { method, headers, body, signal }) {
    const request = { at: this.time, method, url: String(url), headers, body, signal };
    this.requests.push(request);
    const [status, fields, more] = await this.#service(request, this);
    return new Response(fields && JSON.stringify(fields), { status, headers: more });
  }
}

/** A service that always works. Its tokens say when they end: `<user>.<end>`. */
export function working(lifetime = HOUR) {
  let guests = 0;
  return ({ url, method, headers }, world) => {
    if (method === "DELETE" || url.endsWith("/revoke")) return [204];
    const handle = headers["X-Guest-Handle"] ?? `handle-${(guests += 1)}`;
    const userId = headers.Authorization ? "8:acs:me" : `8:acs:${handle}`;
    const end = world.time + lifetime;
    return [
      200,
      {
        userId,
        token: `${userId}.${end}.${world.requests.length}`,
        expiresOn: new RealDate(end).toISOString(),
        expiresIn: Math.floor(lifetime / 1000),
        endpoint: "https://acs.test",
        ...(url.includes("/guest/token") && !url.endsWith("/refresh") && { guestHandle: handle }),
      },
    ];
  };
}

/** A problem as the service describes it. */
export function problem(status, slug, more = {}) {
  return [status, { type: `urn:problem-type:acs-tokens:${slug}`, title: slug, status, requestId: "r-1", ...more }];
}

/** When a token of `working` ends, in true time. */
export const endOf = (token) => Number(token.split(".")[1]);

function storage(stored) {
  return {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
    removeItem: (key) => void stored.delete(key),
  };
}
