// Serves a real OpenID Connect provider until its input ends. Arguments: a TLS certificate, its key, and the
// address of the page whose users sign in. Prints the issuer.
import { once } from "node:events";
import { serveProvider } from "./provider.mjs";

const [certificate, key, page] = process.argv.slice(2);
const api = { audience: "https://tokens.contoso.example/", scope: "acs.token" };
console.log(await serveProvider({ certificate, key, page, algorithms: ["RS256"], ...api }));
await once(process.stdin.resume(), "end");
process.exit(0);
