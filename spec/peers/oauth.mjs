// An OAuth 2.0 server that others wrote and certified (oidc-provider), with its
// token endpoint where Entra's is. Whom it knows comes as JSON in PEER:
//
//   tenant
//   clients   [{ id, secret } | { id, certificate (path of a PEM), algorithm }]
//   scopes    what they may ask for
//
// Prints "listening on PORT", then a line for each token request: the status of
// its answer, and the error.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const peer = JSON.parse(process.env.PEER);

const credentialOf = ({ secret, certificate, algorithm }) => {
  if (secret) {
    return { token_endpoint_auth_method: "client_secret_post", client_secret: secret };
  }
  const { publicKey } = new X509Certificate(readFileSync(certificate));
  return {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: algorithm,
    jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), use: "sig" }] },
  };
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    routes: { token: `/${peer.tenant}/oauth2/v2.0/token` },
    scopes: peer.scopes,
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    enabledJWA: { clientAuthSigningAlgValues: ["HS256", "RS256", "PS256"] },
    ttl: { ClientCredentials: 3600 },
    clients: peer.clients.map((client) => ({
      client_id: client.id,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      ...credentialOf(client),
    })),
  });
  provider.on("grant.success", () => console.log("200"));
  provider.on("grant.error", (_, { status, error, error_detail: detail }) =>
    console.log(`${status} ${error}: ${detail}`));
  provider.on("server_error", (_, error) => console.log(`500 ${error.stack}`));
  server.on("request", provider.callback());
  console.log(`listening on ${port}`);
});
process.on("SIGTERM", () => process.exit(0));
