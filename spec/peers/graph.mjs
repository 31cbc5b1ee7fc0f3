// Microsoft's Graph client (@microsoft/microsoft-graph-client) at work.
import graphClient from "@microsoft/microsoft-graph-client";
import { certificate, graph, peer, perform, tokenFor } from "./microsoft.mjs";

const { BatchRequestContent, BatchResponseContent, PageIterator } = graphClient;

let token;
const client = graph(() => token);

const every = async (page) => {
  const found = [];
  const iterator = new PageIterator(client, page, (item) => found.push(item) > 0);
  await iterator.iterate();
  return found;
};

const { person, app } = peer;
const installed = `/users/${person}/teamwork/installedApps`;
const bind = `${peer.url}/v1.0/appCatalogs/teamsApps/${app}`;
let installation;
let chat;
let group;
let team;

await perform({
  token: async () => {
    token = await tokenFor("graph.microsoft.com");
    return { length: token.length };
  },
  users: async () => {
    const page = await client.api("/users").select("id,displayName,userType").top(999).get();
    const found = await every(page);
    return { count: found.length, distinct: new Set(found.map(({ id }) => id)).size };
  },
  user: () => client.api(`/users/${person}`).select("id,userPrincipalName").get(),
  nobody: () => client.api("/users/nobody@northwind.example").get(),
  "advanced query": async () => {
    const page = await client
      .api("/users")
      .header("ConsistencyLevel", "eventual")
      .count(true)
      .filter("accountEnabled ne true")
      .select("id,accountEnabled")
      .get();
    const found = await every(page);
    return {
      promised: page["@odata.count"],
      count: found.length,
      enabled: found.filter(({ accountEnabled }) => accountEnabled).length,
    };
  },
  getByIds: () =>
    client.api("/directoryObjects/getByIds").post({ ids: [person], types: ["user"] }),
  delta: async () => {
    let page = await client.api("/users/delta").select("id").get();
    const found = [...page.value];
    for (let pages = 0; page["@odata.nextLink"] && pages < 50; pages++) {
      page = await client.api(page["@odata.nextLink"]).get();
      found.push(...page.value);
    }
    const again = await client.api(page["@odata.deltaLink"]).get();
    return {
      distinct: new Set(found.map(({ id }) => id)).size,
      removed: found.filter((item) => item["@removed"]).length,
      changes: again.value.length,
    };
  },
  groups: async () => {
    const found = await every(await client.api("/groups").select("id,displayName").get());
    group = found.find(({ displayName }) => displayName === "Sales").id;
    return { names: found.map(({ displayName }) => displayName) };
  },
  "people of Sales": async () => {
    const page = await client.api("/users").filter("department eq 'Sales'").select("id").get();
    return { count: (await every(page)).length };
  },
  members: async () => {
    const page = await client.api(`/groups/${group}/members`).select("id").top(5).get();
    const found = await every(page);
    return { count: found.length, type: found[0]["@odata.type"] };
  },
  transitiveMembers: async () => {
    const page = await client
      .api(`/groups/${group}/transitiveMembers/microsoft.graph.user`)
      .header("ConsistencyLevel", "eventual")
      .count(true)
      .select("id")
      .get();
    return { count: (await every(page)).length };
  },
  catalog: async () => {
    const page = await client
      .api("/appCatalogs/teamsApps")
      .filter(`externalId eq '${peer.manifest}'`)
      .expand("appDefinitions($expand=bot)")
      .get();
    const [{ id, distributionMethod, appDefinitions }] = page.value;
    const [{ publishingState, bot }] = appDefinitions;
    return { count: page.value.length, id, distributionMethod, publishingState, bot: bot.id };
  },
  install: () => client.api(installed).post({ "teamsApp@odata.bind": bind }),
  "install again": () => client.api(installed).post({ "teamsApp@odata.bind": bind }),
  installation: async () => {
    for (let tries = 0; tries < 100 && !installation; tries++) {
      const page = await client
        .api(installed)
        .expand("teamsApp,teamsAppDefinition")
        .filter(`teamsApp/id eq '${app}'`)
        .get();
      [installation] = page.value;
    }
    const { teamsApp, teamsAppDefinition } = installation;
    return { app: teamsApp.id, manifest: teamsApp.externalId, of: teamsAppDefinition.teamsAppId };
  },
  chat: async () => {
    chat = await client.api(`${installed}/${installation.id}/chat`).get();
    return { type: chat.chatType };
  },
  "find chat": async () => {
    const page = await client
      .api(`/users/${person}/chats`)
      .filter(`installedApps/any(a:a/teamsApp/id eq '${app}')`)
      .get();
    return { count: page.value.length, same: page.value[0].id === chat.id };
  },
  upgrade: () => client.api(`${installed}/${installation.id}/upgrade`).post({}),
  notify: () =>
    client.api(`/users/${person}/teamwork/sendActivityNotification`).post({
      topic: {
        source: "entityUrl",
        value: `https://graph.microsoft.com/v1.0/users/${person}/teamwork/installedApps/${installation.id}`,
      },
      activityType: "systemDefault",
      previewText: { content: "Hello" },
      templateParameters: [{ name: "systemDefaultText", value: "Hello" }],
    }),
  teams: async () => {
    const page = await client
      .api("/groups")
      .filter("resourceProvisioningOptions/Any(x:x eq 'Team')")
      .select("id,displayName")
      .get();
    team = page.value.find(({ displayName }) => displayName === "Sales").id;
    return { count: page.value.length };
  },
  team: async () => {
    const { id, displayName, internalId } = await client.api(`/teams/${team}`).get();
    return { same: id === team, displayName, internalId };
  },
  "team members": async () => ({
    count: (await every(await client.api(`/teams/${team}/members`).top(5).get())).length,
  }),
  channels: async () => {
    const page = await client.api(`/teams/${team}/channels`).get();
    return { ids: page.value.map(({ id }) => id) };
  },
  primaryChannel: async () => {
    const { id, displayName } = await client.api(`/teams/${team}/primaryChannel`).get();
    return { id, displayName };
  },
  batch: async () => {
    const content = new BatchRequestContent();
    const add = (id, path) => content.addRequest({ id, request: new Request(peer.url + path) });
    add("1", `/users/${person}?$select=id`);
    add("2", "/users/nobody@northwind.example?$select=id");
    add("3", `${installed}?$expand=teamsApp`);
    const answer = new BatchResponseContent(
      await client.api("/$batch").post(await content.getContent()),
    );
    const found = {};
    for (const id of ["1", "2", "3"]) {
      const response = answer.getResponseById(id);
      const { id: is, value, error } = await response.json();
      found[id] = { status: response.status, is, count: value?.length, code: error?.code };
    }
    return found;
  },
  uninstall: () => client.api(`${installed}/${installation.id}`).delete(),
  "uninstall again": () => client.api(`${installed}/${installation.id}`).delete(),
  "with a wrong secret": () => tokenFor("graph.microsoft.com", { clientSecret: "not it" }),
  "with PS256": async () => {
    token = await tokenFor("graph.microsoft.com", certificate(true));
    return client.api(`/users/${person}`).select("id").get();
  },
  "with RS256": async () => {
    token = await tokenFor("graph.microsoft.com", certificate(false));
    return client.api(`/users/${person}`).select("id").get();
  },
});
