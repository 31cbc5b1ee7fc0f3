// Microsoft's judgement of tokens (botframework-connector), as a bot's adapter asks
// for it. PEER names a file of JSON:
//
//   client, now_s   the bot, and when it is
//   keys            text of the key set
//   cases           [{ issuer, header, activity }]
//   rounds          how often the first of them is judged again, to be measured; or
//                   nothing
//
// Prints a line for each case, in their order: whether it is accepted, else why not;
// with rounds one more, with the microseconds of CPU that one judgement takes.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import connector from "botframework-connector";

const { BotFrameworkAuthenticationFactory, PasswordServiceClientCredentialFactory } = connector;
const { client, now_s, keys, cases, rounds } = JSON.parse(
  readFileSync(JSON.parse(process.env.PEER).file, "utf8"),
);

// The library has no clock to be given, and tells its refusals to the console.
const now_ms = now_s * 1000;
globalThis.Date = class extends Date {
  constructor(...parts) {
    super(...(parts.length ? parts : [now_ms]));
  }
  static now() {
    return now_ms;
  }
};
console.error = () => {};

const server = createServer((request, response) => {
  const jwks_uri = `http://${request.headers.host}/keys`;
  response.end(request.url === "/keys" ? keys : JSON.stringify({ jwks_uri }));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const metadata = `http://127.0.0.1:${server.address().port}/openid`;

const made = new Map();
const judgeOf = (issuer) => {
  if (!made.has(issuer)) {
    const judge = BotFrameworkAuthenticationFactory.create(
      "",
      true,
      "https://login.invalid/tenant",
      "https://api.botframework.com",
      issuer,
      "https://token.invalid",
      metadata,
      metadata,
      "",
      new PasswordServiceClientCredentialFactory(client, "secret"),
      { requiredEndorsements: [] },
      undefined,
      {},
    );
    made.set(issuer, judge);
  }
  return made.get(issuer);
};

for (const { issuer, header, activity } of cases) {
  let line = { accepted: true };
  try {
    await judgeOf(issuer).authenticateRequest(activity, header ?? "");
  } catch (error) {
    line = { accepted: false, why: error.message };
  }
  console.log(JSON.stringify(line));
}

if (rounds) {
  const { issuer, header, activity } = cases[0];
  const judge = judgeOf(issuer);
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    await judge.authenticateRequest(activity, header ?? "").catch(() => {});
  }
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ us: (user + system) / rounds }));
}
server.close();
