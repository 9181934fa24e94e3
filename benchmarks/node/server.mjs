// A page load that gets a VoIP token, in Node: `tutorial` as Microsoft's MicrosoftCloud
// tutorial does it, with a client and two requests for each; `best` with one client and one
// request.
import { createServer } from "node:http";
import { CommunicationIdentityClient } from "@azure/communication-identity";

const [way, port] = process.argv.slice(2);
const connectionString = process.env.ACS_CONNECTION_STRING;

async function tutorial() {
  const client = new CommunicationIdentityClient(connectionString);
  const user = await client.createUser();
  const { token, expiresOn } = await client.getToken(user, ["voip"]);
  return { userId: user.communicationUserId, token, expiresOn };
}

let client;

async function best() {
  client ??= new CommunicationIdentityClient(connectionString);
  const { user, token, expiresOn } = await client.createUserAndToken(["voip"]);
  return { userId: user.communicationUserId, token, expiresOn };
}

const issue = { tutorial, best }[way];

function reply(response, status, body) {
  const content = JSON.stringify(body);
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(content) };
  response.writeHead(status, headers).end(content);
}

createServer((_, response) => {
  issue().then(
    (token) => reply(response, 201, token),
    (error) => reply(response, 500, { title: error.message }),
  );
}).listen({ port: Number(port), host: "127.0.0.1", backlog: 1024 });
