// What Microsoft's own clients have in common here: who they are, and how they
// tell what came back.
//
// The service is behind TLS; its authority is trusted with NODE_EXTRA_CA_CERTS.
// PEER holds JSON: url, tenant, client, secret, certificate (path of a PEM with its
// key), and what a script needs besides.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfidentialClientApplication } from "@azure/msal-node";
import graphClient from "@microsoft/microsoft-graph-client";

export const peer = JSON.parse(process.env.PEER);
const authority = `${peer.url}/${peer.tenant}`;

// MSAL would ask the public cloud which authorities exist; it is told instead.
export const application = (credential) =>
  new ConfidentialClientApplication({
    auth: {
      clientId: peer.client,
      authority,
      knownAuthorities: [new URL(peer.url).host],
      authorityMetadata: JSON.stringify({
        token_endpoint: `${authority}/oauth2/v2.0/token`,
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
        issuer: `${authority}/v2.0`,
        jwks_uri: `${authority}/discovery/v2.0/keys`,
      }),
      ...(credential ?? { clientSecret: peer.secret }),
    },
  });

export const tokenFor = async (audience, credential) => {
  const answer = await application(credential).acquireTokenByClientCredential({
    scopes: [`https://${audience}/.default`],
  });
  return answer.accessToken;
};

// As MSAL takes a certificate: with SHA-256 it signs PS256, else RS256.
export const certificate = (isSha256) => {
  const pem = readFileSync(peer.certificate, "utf8");
  const { fingerprint, fingerprint256 } = new X509Certificate(pem);
  const plain = (text) => text.replaceAll(":", "");
  return {
    clientCertificate: {
      privateKey: pem,
      ...(isSha256
        ? { thumbprintSha256: plain(fingerprint256) }
        : { thumbprint: plain(fingerprint) }),
    },
  };
};

// The Graph client; `token` is a function that gives one.
export const graph = (token) =>
  graphClient.Client.initWithMiddleware({
    baseUrl: peer.url,
    defaultVersion: "v1.0",
    customHosts: new Set([new URL(peer.url).hostname]),
    authProvider: { getAccessToken: async () => token() },
  });

const told = (error) => ({
  name: error.name,
  status: error.statusCode ?? error.status,
  code: error.code ?? error.errorCode,
  message: error.message,
});

// Does each of these in turn, and prints a line of JSON for it.
export const perform = async (steps) => {
  for (const [name, step] of Object.entries(steps)) {
    let line;
    try {
      line = { name, result: (await step()) ?? null };
    } catch (error) {
      line = { name, error: told(error) };
    }
    console.log(JSON.stringify(line));
  }
};
