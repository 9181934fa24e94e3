// A real OpenID Connect provider, over TLS on a free port of localhost.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

async function newKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: "sig", kid: alg };
}

// The page whose users sign in, a public client. It gets refresh tokens without asking for them.
const clientOf = (page) => ({
  client_id: "page", token_endpoint_auth_method: "none", redirect_uris: [page], post_logout_redirect_uris: [page],
  grant_types: ["authorization_code", "refresh_token"], response_types: ["code"],
});

// The local page, a native client: its redirect to this machine may name any port.
const LOCAL_PAGE = {
  client_id: "local-page", token_endpoint_auth_method: "none", application_type: "native",
  redirect_uris: ["http://localhost/local/signed-in"],
  grant_types: ["authorization_code"], response_types: ["code"],
};

/**
 * Starts the provider.
 *
 * @param certificate, key Files for TLS.
 * @param algorithms What tokens may be signed with: RS256 and the like.
 * @param audience What the APIs are called; the name of an algorithm follows, with which the API's tokens are signed.
 * @param scope The scope of the APIs.
 * @param page The page's address, to which users return.
 * @returns The issuer.
 */
export async function serveProvider({ certificate, key, algorithms, audience, scope, page }) {
  console.info = console.error; // the provider's notices are no results
  const server = createServer({ cert: await readFile(certificate), key: await readFile(key) });
  server.listen(0, "localhost");
  await once(server, "listening");
  const issuer = `https://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys: await Promise.all(algorithms.map(newKey)) },
    clients: [clientOf(page), LOCAL_PAGE],
    clientBasedCORS: () => true,
    issueRefreshToken: (context, client) => client.grantTypeAllowed("refresh_token"),
    features: {
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (context, resource) => ({
          scope, audience: resource, accessTokenFormat: "jwt",
          jwt: { sign: { alg: resource.slice(audience.length) } },
        }),
      },
    },
    // The user is not asked for consent.
    async loadExistingGrant(context) {
      const { client, session, params } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid");
      grant.addResourceScope(params.resource, scope);
      await grant.save();
      return grant;
    },
  });
  server.on("request", provider.callback());
  return issuer;
}
