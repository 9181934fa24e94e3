// Responses of Microsoft's services, as far as the composites need them to show their pages.
// Whatever is not here cannot be reached, so no call is ever connected.

import { EventEmitter, once } from "node:events";

const json = (body, status = 200) => ({
  status,
  contentType: "application/json",
  headers: { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" },
  body: JSON.stringify(body),
});

/** The configuration service, without which Calling tries for 15 seconds before it shows anything. */
const ECS = {
  SkypeCalling: {},
  Headers: { ETag: '"x"', Expires: "Sat, 21 Nov 2076 08:00:00 GMT", CountryCode: "US", StatusCode: "200" },
  ConfigIDs: {},
};

const TIME = "2026-11-21T08:00:00.000Z";
const author = (rawId) => ({ rawId, communicationUser: { id: rawId } });
const messageOf = (id) => ({
  id: "1",
  type: "text",
  sequenceId: "1",
  version: "1",
  createdOn: TIME,
  content: { message: "Hello from the thread" },
  senderDisplayName: "Bob",
  senderCommunicationIdentifier: author(id),
});

/** Returns whom a token is for. */
export const ownerOf = (token) => `8:${JSON.parse(Buffer.from(token.split(".")[1], "base64url")).skypeid}`;

/** What ACS Chat knows of a thread whose only message is by somebody else: `[path, body]` each. */
function chatOf(userId) {
  const other = userId.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
  const person = (id) => ({ communicationIdentifier: author(id), displayName: "Bob", shareHistoryTime: TIME });
  const createdBy = { createdOn: TIME, createdByCommunicationIdentifier: author(other) };
  const realTime = {
    trouterServiceUrl: "https://trouter.invalid",
    registrarServiceUrl: "https://registrar.invalid",
    cloudType: "Public",
  };
  return [
    [/\/realTimeNotifications/, realTime],
    [/\/messages/, { value: [messageOf(other)] }],
    [/\/participants/, { value: [userId, other].map(person) }],
    [/\/readReceipts/, { value: [] }],
    [/\/chat\/threads\/[^/]+$/, { id: "19:a@thread.v2", topic: "The topic", ...createdBy }],
  ];
}

/**
 * Lets pages reach localhost only.
 *
 * @returns What they send elsewhere: `tokens()` are all of them so far, `to(host)` waits for the first one to a host.
 */
export async function standIn(context) {
  const sent = [];
  const events = new EventEmitter();
  await context.route((url) => url.hostname !== "localhost", async (route) => {
    const request = route.request();
    const { hostname, pathname } = new URL(request.url());
    const headers = request.headers();
    const token = headers["x-skypetoken"] ?? headers.authorization?.replace(/^Bearer /, "");
    if (token) {
      sent.push({ host: hostname, token });
      events.emit(hostname);
    }
    if (request.method() === "OPTIONS") return route.fulfill(json({}));
    if (hostname === "ecs.communication.microsoft.com") return route.fulfill(json(ECS));
    const [, body] = (token && chatOf(ownerOf(token)).find(([path]) => path.test(pathname))) || [];
    return body ? route.fulfill(json(body)) : route.abort();
  });
  return {
    tokens: () => new Set(sent.map(({ token }) => token)),
    to: async (host) => sent.some((each) => each.host === host) || once(events, host),
  };
}
