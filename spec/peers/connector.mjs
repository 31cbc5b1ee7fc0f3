// Microsoft's Bot Connector client (botframework-connector) at work.
import connector from "botframework-connector";
import { application, graph, peer, perform, tokenFor } from "./microsoft.mjs";

const { ConnectorClient, MsalAppCredentials, TeamsConnectorClient } = connector;

const baseUri = `${peer.url}/teams/`;
const credentials = new MsalAppCredentials(
  application(),
  peer.client,
  `${peer.url}/${peer.tenant}`,
  "https://api.botframework.com",
);
const { conversations } = new ConnectorClient(credentials, { baseUri });
const { teams } = new TeamsConnectorClient(credentials, { baseUri });

const { person, other, stranger } = peer;
const text = (words) => ({ type: "message", text: words });
const withTenant = { channelData: { tenant: { id: peer.tenant } } };
const plain = ({ _response, ...rest }) => rest;

let team;
let chat;
let first;
let second;
let post;
let operation;

const everyMember = async (id, pageSize) => {
  const found = [];
  let continuationToken;
  let pages = 0;
  do {
    const page = await conversations.getConversationPagedMembers(id, {
      pageSize,
      continuationToken,
    });
    found.push(...page.members);
    continuationToken = page.continuationToken;
    pages += 1;
  } while (continuationToken && pages < 100);
  return { pages, count: found.length, first: found[0] };
};

// Graph installs for both people and a team, and waits until it shows.
const install = async () => {
  const token = await tokenFor("graph.microsoft.com");
  const client = graph(() => token);
  const body = { "teamsApp@odata.bind": `${peer.url}/v1.0/appCatalogs/teamsApps/${peer.app}` };
  const page = await client.api("/groups").filter("displayName eq 'Sales'").get();
  const group = page.value[0].id;
  const places = [
    `/users/${person}/teamwork/installedApps`,
    `/users/${other}/teamwork/installedApps`,
    `/teams/${group}/installedApps`,
  ];
  for (const place of places) {
    await client.api(place).post(body);
    let shown = 0;
    for (let tries = 0; tries < 200 && !shown; tries++) {
      const { value } = await client
        .api(place)
        .expand("teamsApp")
        .filter(`teamsApp/id eq '${peer.app}'`)
        .get();
      shown = value.length;
    }
  }
  team = (await client.api(`/teams/${group}`).get()).internalId;
  return { places: places.length };
};

const create = async (member) =>
  plain(
    await conversations.createConversation({
      isGroup: false,
      bot: { id: `28:${peer.client}` },
      members: [{ id: member }],
      tenantId: peer.tenant,
      ...withTenant,
    }),
  );

await perform({
  install,
  create: async () => {
    const made = await create(person);
    chat = made.id;
    return made;
  },
  "create again": async () => ({ same: (await create(person)).id === chat }),
  "create without the app": () => create(stranger),
  send: async () => {
    const sent = await conversations.sendToConversation(chat, text("One"));
    first = sent.id;
    return plain(sent);
  },
  reply: async () => {
    const sent = await conversations.replyToActivity(chat, first, text("Two"));
    second = sent.id;
    return plain(sent);
  },
  update: async () =>
    plain(await conversations.updateActivity(chat, first, { ...text("One, again"), id: first })),
  delete: async () => ({
    status: (await conversations.deleteActivity(chat, second))._response.status,
  }),
  "update what was deleted": () => conversations.updateActivity(chat, second, text("Three")),
  member: async () => plain(await conversations.getConversationMember(chat, person)),
  "a stranger": () => conversations.getConversationMember(chat, stranger),
  "members of a chat": () => everyMember(chat),
  "send nowhere": () => conversations.sendToConversation("a:1nowhere", text("Lost")),
  team: async () => plain(await teams.fetchTeamDetails(team)),
  channels: async () => plain(await teams.fetchChannelList(team)),
  "members of a team": () => everyMember(team, 50),
  post: async () => {
    const made = await conversations.createConversation({
      isGroup: true,
      bot: { id: `28:${peer.client}` },
      activity: text("To all of you"),
      channelData: { channel: { id: team }, tenant: { id: peer.tenant } },
    });
    post = made;
    return plain(made);
  },
  "reply in the channel": async () =>
    plain(await conversations.sendToConversation(post.id, text("One more thing"))),
  "to a list of users": async () => {
    const made = await teams.sendMessageToListOfUsers(text("To both"), peer.tenant, [
      { id: person },
      { id: other },
      { id: stranger },
    ]);
    operation = made.operationId;
    return plain(made);
  },
  "state of it": async () => {
    let state;
    for (let tries = 0; tries < 2000; tries++) {
      state = plain(await teams.getOperationState(operation));
      if (state.state !== "Ongoing") {
        return state;
      }
    }
    return state;
  },
  "failed entries of it": async () => plain(await teams.getOperationFailedEntries(operation)),
  "to the whole tenant": async () => {
    const made = await teams.sendMessageToAllUsersInTenant(text("To all"), peer.tenant);
    operation = made.operationId;
    return plain(made);
  },
  "cancel it": async () => ({
    status: (await teams.cancelOperation(operation))._response.status,
  }),
});
