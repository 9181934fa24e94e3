// What a page does: a token from the app in AzureCommunicationTokenCredential, whose refresher
// asks the app for the next one.
import { AzureCommunicationTokenCredential } from "@azure/communication-common";

const [api] = process.argv.slice(2);

async function post(path, body) {
  const response = await fetch(`${api}/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

const first = await post("users/token", { scopes: ["voip"] });
let refreshes = 0;
const tokenRefresher = async () => {
  refreshes += 1;
  return (await post(`users/${first.userId}/token/refresh`)).token;
};

const given = new AzureCommunicationTokenCredential(first.token);
const kept = await given.getToken();
// Without a first token the credential must ask the refresher for one.
const refreshing = new AzureCommunicationTokenCredential({ tokenRefresher });
const next = await refreshing.getToken();

console.log(
  JSON.stringify({
    first,
    kept: { token: kept.token, expires: kept.expiresOnTimestamp },
    next: { token: next.token, expires: next.expiresOnTimestamp },
    refreshes,
    expiresOnIsRead: !Number.isNaN(new Date(first.expiresOn).getTime()),
  }),
);
