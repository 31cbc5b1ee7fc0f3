// A planned campaign: who would get what and when; try it, start it.
import { useState } from "preact/hooks";
import { call, part } from "./api.js";
import { Message } from "./card.jsx";
import { Asking, Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { List } from "./progress.jsx";
import { href, useTitle } from "./route.js";
import { MOVING, count, number, sentence, span, when } from "./words.js";

const KINDS = { user: ["personal chat"], chat: ["group chat"], channel: ["channel"] };

function reaches({ kinds, recipients }) {
  const said = Object.entries(KINDS).filter(([kind]) => kinds?.[kind] > 0)
    .map(([kind, words]) => count(kinds[kind], ...words));
  return said.join(", ") || number(recipients);
}

function installs(found) {
  if (!found) return null;
  if (found.is_sample) {
    return `about ${number(found.likely)} people get the app (${number(found.least)} to ${number(found.most)})`;
  }
  return `${count(found.likely, "person gets", "people get")} the app`;
}

const kib = (bytes) => `${Math.round(bytes / 102.4) / 10} KiB`;

function Facts({ plan }) {
  const { time, message, expect, audience } = plan;
  return (
    <List rows={[
      ["reaches", reaches(audience)],
      ["new app", installs(plan.installs)],
      ["expected", expect ? `${number(expect.min ?? 0)} to ${expect.max ? number(expect.max) : "any number"}` : null],
      ["starts", time?.starts_local],
      ["takes", time?.seconds != null ? `about ${span(time.seconds)}` : null],
      ["ends", time?.ends_local],
      ["too late", time?.too_late ? count(time.too_late, "person", "people") : null],
      ["largest message", message?.bytes ? kib(message.bytes) : null],
      ["calls", plan.calls?.map((one) => `${number(one.count)} ${one.operation}`).join(", ")],
      ["app", plan.app?.name ? `${plan.app.name} ${plan.app.version ?? ""}` : plan.app?.client_id],
      ["tenant", plan.tenant],
      ["digest", plan.digest?.slice(0, 16)],
    ]} />
  );
}

function Counts({ title, rows, label }) {
  if (!rows?.length) return null;
  return (
    <table class="counts">
      <caption>{title}</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row[label]}>
            <th scope="row">{row[label]}{row.remedy && <div class="quiet">{row.remedy}</div>}</th>
            <td class="n">{number(row.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Policies({ rows }) {
  return (
    <details>
      <summary>The policies in force</summary>
      <List rows={(rows ?? []).filter((one) => one.name !== "messages").map((one) => [one.name.replaceAll("_", " "), one.text])} />
    </details>
  );
}

const bad = (link) => link.problem && link.state !== "not checked";

function Warnings({ plan }) {
  const texts = [...(plan.warnings ?? [])];
  if (plan.expect_problem && plan.expect_problem !== plan.why) texts.push(plan.expect_problem);
  if (plan.message?.failed) texts.push(`${count(plan.message.failed, "person", "people")} would get nothing: ${
    plan.message.failures.map((one) => `${one.reason} (${number(one.count)})`).join(", ")}`);
  for (const name of plan.permissions?.missing ?? []) texts.push(`the permission ${name} is missing`);
  for (const link of (plan.links ?? []).filter(bad)) texts.push(`${link.url}: ${link.problem}`);
  return texts.map((text) => <p key={text} class="warning">{text}</p>);
}

const needsApproval = (plan) => plan.why?.includes("approv");

// What a start would end with.
function Hindrance({ plan }) {
  if (!plan.why) return null;
  if (needsApproval(plan)) {
    return <p class="warning">Once it is started it waits for approval by somebody who neither planned nor
      started it. Nothing is sent before that; then it is started again.</p>;
  }
  return <p class="warning">A start would end with: {plan.why}. {plan.remedy ?? ""}</p>;
}

function Test({ plan, id, me, onTest }) {
  const [to, setTo] = useState(me.name.includes("@") ? me.name : "");
  return (
    <Asking label="Send me a test" title="Who gets the test?"
      act={async () => {
        const made = await call("POST", "/tests", { plan: id, to: to.split(/[\s,;]+/).filter(Boolean) });
        onTest(made.name);
      }}>
      <p>It goes to these people only, at most 20, is marked as a test, and has a ledger of its own.</p>
      <label>UPNs or ids of {plan.tenant}
        <input value={to} autocomplete="off" required onInput={(e) => setTo(e.target.value)} />
      </label>
    </Asking>
  );
}

function Buttons({ plan, id, me, onTest }) {
  const { recipients } = plan.audience;
  const start = async () => {
    await call("POST", "/campaigns", { plan: id, digest: plan.digest });
    return () => {
      location.hash = href("campaigns", plan.name);
    };
  };
  return (
    <div class="buttons">
      {me.rights.includes("test") && <Test plan={plan} id={id} me={me} onTest={onTest} />}
      {me.rights.includes("start") && !MOVING.includes(plan.campaign.state) && (
        <Asking label="Start" kind="main" title={needsApproval(plan) ? `Have ${plan.name} approved?` : `Send ${plan.name} now?`} typed={number(recipients)} act={start}>
          <p>It goes to {count(recipients, "recipient")}
            {plan.app?.name ? `, from ${plan.app.name}` : ""}.</p>
          <Hindrance plan={plan} />
        </Asking>
      )}
    </div>
  );
}

// What there is of the campaign already.
function Standing({ plan }) {
  if (plan.campaign.way === "new") return null;
  return <p class="note"><a href={href("campaigns", plan.name)}>{plan.name}</a> is {plan.campaign.state} already{
    MOVING.includes(plan.campaign.state) ? "" : ": a start goes on with who is left"}.</p>;
}

// How the test goes, which was sent from here.
function Tested({ name }) {
  const [isOver, setOver] = useState(false);
  const { data: ledger, refusal } = useLive(name && `/campaigns/${part(name)}`, isOver ? 0 : 1000);
  const ended = refusal?.code === "ENDED" || ledger?.finished_at != null;
  if (ended !== isOver) setOver(ended);
  const got = ledger?.targeted > 0 && `: ${number(ledger.delivered)} of ${count(ledger.targeted, "person", "people")} got it`;
  return (
    <div role="status">
      <Problem refusal={refusal} />
      {ledger && !refusal && (
        <p>The test is {ended ? "over" : "on its way"}{got}. <a href={href("campaigns", name)}>Watch {name}</a></p>
      )}
    </div>
  );
}

// A script that is in order, and starts nothing: what can be done all the same.
function Known({ data, id, me }) {
  const { plan, message } = data;
  const [test, setTest] = useState({ nth: 0, name: null });
  const tested = (made) => setTest((old) => ({ nth: old.nth + 1, name: made }));
  return (
    <>
      {plan.campaign.state && <p><a href={href("campaigns", plan.name)}>Look at {plan.name}</a></p>}
      {me.rights.includes("test") && <div class="buttons"><Test plan={plan} id={id} me={me} onTest={tested} /></div>}
      <Tested key={test.nth} name={test.name} />
      <Message message={message} />
    </>
  );
}

function Found({ data, id, me }) {
  const { plan, message } = data;
  const [test, setTest] = useState({ nth: 0, name: null });
  const tested = (made) => setTest((old) => ({ nth: old.nth + 1, name: made }));
  return (
    <>
      <p class="reach"><strong>{number(plan.audience.recipients - (plan.message?.failed ?? 0))}</strong> of {
        number(plan.audience.targeted)} targeted would get it.</p>
      {!data.campaign && <Standing plan={plan} />}
      <Warnings plan={plan} />
      {!data.campaign && <Hindrance plan={plan} />}
      {data.campaign ? <p><a href={href("campaigns", data.campaign)}>Watch {data.campaign}</a></p>
        : <Buttons plan={plan} id={id} me={me} onTest={tested} />}
      <Tested key={test.nth} name={test.name} />
      <div class="pair">
        <div>
          <Facts plan={plan} />
          <Counts title="Left out" rows={plan.audience.excluded} label="reason" />
          <Counts title="Languages" rows={plan.message?.languages} label="language" />
          <Counts title="Variants" rows={plan.message?.variants} label="variant" />
        </div>
        <Message message={message} />
      </div>
      <Policies rows={plan.policies} />
    </>
  );
}

/** A plan: what would be sent, to whom, and the buttons that do it. */
export function Plan({ id, me }) {
  const [settled, setSettled] = useState(false);
  const { data, refusal } = useLive(`/plans/${part(id)}`, settled ? 5000 : 500);
  const state = data?.state;
  if (!settled && (state === "done" || state === "failed")) setSettled(true);
  const name = data?.plan?.name ?? data?.script ?? "Plan";
  useTitle(`Plan of ${name}`);
  return (
    <>
      <p class="way"><a href={href("plans")}>Plans</a></p>
      <h1>{name}</h1>
      <Problem refusal={refusal} />
      <p role="status" class="quiet">
        {state === "reading" && `${sentence(data.doing ?? `reading the audience: ${number(data.read ?? 0)} people so far`)}. Nothing is sent.`}
        {state === "failed" && "This cannot be sent."}
        {state === "done" && (data.campaign ? "It was started." : `The plan is complete.${
          data.plan.campaign.way === "new" ? " Nothing has been sent." : ""}`)}
      </p>
      {state === "failed" && <Problem refusal={{ message: data.why, remedy: data.remedy }} />}
      {data && <p class="quiet">Planned by {data.who} at {when(data.at)} from {data.script}.</p>}
      {state === "done" && <Found data={data} id={id} me={me} />}
      {state === "failed" && data.plan?.name && <Known data={data} id={id} me={me} />}
    </>
  );
}
