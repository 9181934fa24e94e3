// Microsoft's unmodified JavaScript SDK against the emulator, over http or TLS.
// Prints what each operation gave, one JSON object in all.
import { CommunicationIdentityClient } from "@azure/communication-identity";

const [connectionString] = process.argv.slice(2);
const client = new CommunicationIdentityClient(connectionString, {
  allowInsecureConnection: connectionString.startsWith("endpoint=http:"),
  retryOptions: { maxRetries: 0 },
});

async function refusal(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { status: error.statusCode, code: error.code, message: error.message };
  }
}

const user = await client.createUser();
const issued = await client.getToken(user, ["chat", "voip"], { tokenExpiresInMinutes: 60 });
const both = await client.createUserAndToken(["voip.join"]);
await client.revokeTokens(user);
const tooLong = await refusal(client.getToken(user, ["voip"], { tokenExpiresInMinutes: 1441 }));
const noScopes = await refusal(client.getToken(user, []));
await client.deleteUser(user);
const gone = await refusal(client.getToken(user, ["voip"]));
const stranger = {
  communicationUserId:
    "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000",
};
const notOwned = await refusal(client.deleteUser(stranger));
const teams = await refusal(
  client.getTokenForTeamsUser({ teamsUserAadToken: "x", clientId: "x", userObjectId: "x" }),
);

console.log(JSON.stringify({ user, issued, both, tooLong, noScopes, gone, notOwned, teams }));
