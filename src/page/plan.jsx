// From a script to a running campaign: plan it, look at it, try it, approve it, start it.
import { useState } from "preact/hooks";
import { call, part } from "./api.js";
import { Message } from "./card.jsx";
import { Asking, Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { href } from "./route.js";
import { number, span, when } from "./words.js";

/** The scripts that the server may run. */
export function Scripts({ rights }) {
  const { data, refusal } = useLive("/scripts", 10000);
  const [problem, setProblem] = useState(null);
  const plan = async (script) => {
    setProblem(null);
    try {
      const made = await call("POST", "/plans", { script });
      location.hash = href("plans", made.id);
    } catch (refused) {
      setProblem(refused);
    }
  };
  return (
    <main id="main">
      <h1>New campaign</h1>
      <Problem refusal={refusal ?? problem} />
      {data && !data.scripts.length && <p>There is no campaign script in the server's folder.</p>}
      <ul class="scripts">
        {data?.scripts.map((script) => (
          <li key={script.path}>
            <span>{script.path}</span> <small>changed {when(script.changed_at)}</small>
            {rights.includes("plan") && <button type="button" onClick={() => plan(script.path)}>Plan</button>}
          </li>
        ))}
      </ul>
    </main>
  );
}

function Facts({ plan }) {
  const rows = [
    ["tenant", plan.tenant], ["app", plan.app], ["cloud", plan.cloud],
    ["targeted", number(plan.targeted)], ["recipients", number(plan.recipients)],
    ["get the app", plan.installs != null ? number(plan.installs) : null],
    ["takes", plan.seconds != null ? `about ${span(plan.seconds)}` : null],
    ["digest", plan.digest],
  ];
  return (
    <dl class="facts">
      {rows.filter(([, said]) => said != null).map(([label, said]) => [<dt>{label}</dt>, <dd>{String(said)}</dd>])}
    </dl>
  );
}

function Excluded({ rows }) {
  if (!rows?.length) return <p>Nobody is left out.</p>;
  return (
    <table>
      <caption>Left out</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row.reason}><th scope="row">{row.reason}</th><td class="n">{number(row.count)}</td></tr>
        ))}
      </tbody>
    </table>
  );
}

/** A plan: what would be sent, to whom, and the buttons that do it. */
export function Plan({ id, rights }) {
  const [settled, setSettled] = useState(false);
  const { data, refusal, again } = useLive(`/plans/${part(id)}`, settled ? 10000 : 1000);
  const [to, setTo] = useState("");
  const state = data?.state;
  if (!settled && (state === "done" || state === "failed")) setSettled(true);
  const plan = data?.plan;
  const started = data?.campaign;
  return (
    <main id="main">
      <p><a href={href("new")}>New campaign</a></p>
      <h1>{plan?.name ?? data?.script ?? "Plan"}</h1>
      <Problem refusal={refusal} />
      <p role="status">
        {state === "reading" && `Reading the audience: ${number(data.read ?? 0)} people so far. Nothing is sent.`}
        {state === "failed" && "This cannot be sent."}
        {state === "done" && (started ? "It was started." : "The plan is complete. Nothing has been sent.")}
      </p>
      {state === "failed" && <Problem refusal={{ message: data.why, remedy: data.remedy }} />}
      {state === "done" && (
        <>
          {plan.warnings?.map((text) => <p key={text} class="warning">{text}</p>)}
          <Facts plan={plan} />
          <Excluded rows={plan.excluded} />
          <section aria-labelledby="message">
            <h2 id="message">The message</h2>
            <Message activity={data.message?.activity} hosts={data.message?.hosts} />
          </section>
          <p>{data.approval?.said ?? ""}</p>
          {started
            ? <p><a href={href("campaigns", plan.name)}>Watch {plan.name}</a></p>
            : (
              <div class="buttons">
                {rights.includes("test") && (
                  <Asking label="Send me a test" title="Who gets the test?"
                    act={() => call("POST", "/tests", { plan: id, to: to.split(/[\s,;]+/).filter(Boolean) })}>
                    <p>It goes to these people only, at most 20, and has a ledger of its own.</p>
                    <label>UPNs or ids
                      <input value={to} autocomplete="off" onInput={(e) => setTo(e.target.value)} />
                    </label>
                  </Asking>
                )}
                {rights.includes("approve") && data.approval?.needed && !data.approval?.given && (
                  <Asking label="Approve" title={`Approve ${plan.name}?`}
                    act={async () => { await call("POST", `/plans/${part(id)}/approve`, {}); again(); }}>
                    <p>You sign exactly this content, for {number(plan.recipients)} people. Whoever planned
                      it cannot approve it.</p>
                  </Asking>
                )}
                {rights.includes("start") && (
                  <Asking label="Start" kind="main" title={`Send ${plan.name} now?`} typed={plan.recipients}
                    disabled={data.approval?.needed && !data.approval?.given}
                    act={async () => {
                      await call("POST", "/campaigns", { plan: id, digest: plan.digest });
                      location.hash = href("campaigns", plan.name);
                    }}>
                    <p>It goes to {number(plan.recipients)} people.</p>
                  </Asking>
                )}
              </div>
            )}
        </>
      )}
    </main>
  );
}
