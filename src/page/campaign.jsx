// One campaign: how far it is, why some failed, who is who, what they got.
import { useEffect, useState } from "preact/hooks";
import { part } from "./api.js";
import { Message } from "./card.jsx";
import { Problem } from "./confirm.jsx";
import { Controls } from "./controls.jsx";
import { useLive } from "./live.js";
import { People, comesBack } from "./people.jsx";
import { Plot } from "./plot.jsx";
import { Bar, Facts, State, Tiles, now } from "./progress.jsx";
import { Results } from "./results.jsx";
import { href, useTitle } from "./route.js";
import { number, when } from "./words.js";

function Reasons({ rows, onReason }) {
  if (!rows?.length) return null;
  return (
    <section aria-labelledby="reasons">
      <h2 id="reasons">{rows.every((row) => row.state === "excluded") ? "Who is left out" : "Who was not reached"}</h2>
      <table>
        <thead><tr><th scope="col">state</th><th scope="col">reason</th><th scope="col" class="n">people</th><th scope="col" class="wide">what to do</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.state} ${row.reason}`}>
              <td><State of={row} /></td>
              <td>
                <button type="button" class="link" onClick={() => onReason(row.reason)}>{row.reason}</button>
                {row.remedy && <div class="quiet slim">{row.remedy}</div>}
              </td>
              <td class="n">{number(row.count)}</td>
              <td class="wide">{row.remedy ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Log({ events }) {
  if (!events?.length) return null;
  return (
    <section aria-labelledby="log">
      <h2 id="log">Who did what</h2>
      <ol class="story">
        {events.map((each, i) => (
          <li key={i}><time dateTime={each.started_at}>{when(each.started_at)}</time>{" "}
            <strong>{each.user ?? "somebody"}</strong> {each.command} {each.options}
            {each.why && <div class="quiet">{each.why}</div>}</li>
        ))}
      </ol>
    </section>
  );
}

// What stands between the campaign and its people.
function Standing({ ledger, me }) {
  if (ledger.needs_approval) {
    return (
      <div class="warning">
        <p>Nothing has been sent: somebody who neither planned nor began it has to approve it.</p>
        {!me.rights.includes("approve") && <p>Your role ({me.role}) does not approve.</p>}
      </div>
    );
  }
  if (ledger.is_approved) {
    return (
      <div class="note">
        <p>{ledger.approvals.map((one) => one.who).join(", ")} approved it. Nothing has been sent: it waits to be started.</p>
        {!me.rights.includes("resume") && <p>Your role ({me.role}) does not start campaigns.</p>}
      </div>
    );
  }
  const { ended, state } = ledger;
  if (!ended?.why || !["paused", "stopped"].includes(state)) return null;
  return <div class="warning"><p>{ended.why}</p>{ended.remedy && <p>{ended.remedy}</p>}</div>;
}

function Standings({ ledger, me, done }) {
  return (
    <>
      <p class="now"><span role="status"><State of={ledger} /></span> {now(ledger)}</p>
      <Standing ledger={ledger} me={me} />
      {ledger.action !== "message" && <Controls ledger={ledger} rights={me.rights} done={done} />}
      <Bar ledger={ledger} />
      <Tiles ledger={ledger} />
      <p class="quiet">Delivered means: Teams accepted it. Whether it was seen, nobody knows.</p>
      <Facts ledger={ledger} />
    </>
  );
}

export function Campaign({ name, me }) {
  const [isOver, setOver] = useState(false);
  const ledger = useLive(`/campaigns/${part(name)}`, isOver ? 15000 : 1000);
  const state = ledger.data?.state;
  useEffect(() => setOver(ledger.data?.finished_at != null && !ledger.data.pending), [ledger.data]);
  const moves = state === "running" || state === "planning";
  const report = useLive(ledger.data?.targeted ? `/campaigns/${part(name)}/report` : null, moves ? 3000 : 15000);
  const message = useLive(ledger.data?.targeted ? `/campaigns/${part(name)}/message` : null);
  const [reason, setReason] = useState(() => comesBack(name)?.reason ?? null);
  useTitle(name);
  useEffect(() => { report.again(); }, [state]);
  const choose = (wanted) => {
    setReason(wanted);
    const head = document.getElementById("people");
    head?.scrollIntoView();
    head?.focus({ preventScroll: true });
  };
  const done = () => {
    ledger.again();
    report.again();
  };
  return (
    <>
      <p class="way"><a href={href()}>Campaigns</a></p>
      <h1>{name}</h1>
      {ledger.data?.test_of && <p class="quiet">A test of {ledger.data.test_of}.</p>}
      <Problem refusal={ledger.refusal ?? report.refusal} />
      {ledger.data && <Standings ledger={ledger.data} me={me} done={done} />}
      {report.data && !ledger.data?.needs_approval && !ledger.data?.is_approved && (
        <section aria-labelledby="pace"><h2 id="pace">Messages over time</h2><Plot timeline={report.data.timeline} /></section>
      )}
      <Results results={report.data?.results} />
      <Reasons rows={report.data?.reasons} onReason={choose} />
      <Message message={message.data} />
      {ledger.data?.targeted > 0 && <People name={name} state={state} reason={reason} onReason={setReason} />}
      <Log events={report.data?.events} />
    </>
  );
}
