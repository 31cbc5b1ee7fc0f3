// One campaign: how far it is, why some failed, who is who, what they got.
import { useState } from "preact/hooks";
import { call, part } from "./api.js";
import { Message } from "./card.jsx";
import { Asking, Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { People } from "./people.jsx";
import { Plot } from "./plot.jsx";
import { Bar, now, Tiles } from "./progress.jsx";
import { Results } from "./results.jsx";
import { href } from "./route.js";
import { number, when } from "./words.js";

const MOVING = ["planning", "running", "waiting"];
const STANDING = ["paused", "stopped"];

function Controls({ ledger, rights, done }) {
  const act = (deed, body) => async () => {
    await call("POST", `/campaigns/${part(ledger.name)}/${deed}`, body ?? {});
    done();
  };
  const [rate, setRate] = useState("");
  const is = (states) => states.includes(ledger.state);
  return (
    <div class="buttons">
      {is(MOVING) && rights.includes("pause") && (
        <Asking label="Pause" title={`Pause ${ledger.name}?`} act={act("pause")}>
          <p>What is in flight is awaited; nothing more is sent until it is resumed.</p>
        </Asking>
      )}
      {is(STANDING) && rights.includes("resume") && (
        <Asking label="Resume" kind="main" title={`Resume ${ledger.name}?`} act={act("resume")}>
          <p>It goes on with the {number(ledger.pending)} people who are left.</p>
          {ledger.why && <p>It stands still because: {ledger.why}</p>}
        </Asking>
      )}
      {is([...MOVING, ...STANDING]) && rights.includes("rate") && (
        <Asking label="Rate" title={`How fast may ${ledger.name} send?`}
          act={act("rate", { rate: rate.trim() === "" ? "full" : Number(rate) })}>
          <label>Messages a second; empty: as fast as Teams allows
            <input inputmode="decimal" value={rate} onInput={(e) => setRate(e.target.value)} />
          </label>
        </Asking>
      )}
      {is([...MOVING, ...STANDING]) && rights.includes("cancel") && (
        <Asking label="Cancel campaign" kind="danger" title={`Cancel ${ledger.name} for good?`}
          typed={ledger.pending} act={act("cancel")}>
          <p>The {number(ledger.pending)} people who are left will never get it. This cannot be undone;
            what was sent stays, and can be recalled.</p>
        </Asking>
      )}
    </div>
  );
}

function Reasons({ rows, onReason }) {
  if (!rows?.length) return null;
  return (
    <section aria-labelledby="reasons">
      <h2 id="reasons">Who was not reached</h2>
      <div class="scroll" tabindex="0" role="region" aria-label="Reasons">
        <table>
          <thead><tr><th scope="col">state</th><th scope="col">reason</th><th scope="col" class="n">people</th><th scope="col">what to do</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.state} ${row.reason}`}>
                <td><span class={`state is-${row.state}`}>{row.state}</span></td>
                <td><button type="button" class="link" onClick={() => onReason(row.reason)}>{row.reason}</button></td>
                <td class="n">{number(row.count)}</td>
                <td>{row.remedy ?? ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
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
            {each.user ?? "somebody"}: {each.command} {each.options}
            {each.why ? ` (${each.why})` : ""}</li>
        ))}
      </ol>
    </section>
  );
}

export function Campaign({ name, rights }) {
  const ledger = useLive(`/campaigns/${part(name)}`, 2000);
  const report = useLive(`/campaigns/${part(name)}/report`, 15000);
  const [reason, setReason] = useState(null);
  const found = ledger.data;
  const told = report.data;
  const choose = (wanted) => {
    setReason(wanted);
    document.getElementById("people")?.scrollIntoView();
  };
  return (
    <main id="main">
      <p><a href={href()}>Campaigns</a></p>
      <h1>{name}</h1>
      <Problem refusal={ledger.refusal} />
      {found && (
        <>
          <p role="status"><span class={`state is-${found.state}`}>{found.state}</span> {now(found)}</p>
          <Bar ledger={found} />
          <Tiles ledger={found} />
          <p class="quiet">Delivered means: Teams accepted it. Whether it was seen, nobody knows.</p>
          <Controls ledger={found} rights={rights} done={() => { ledger.again(); report.again(); }} />
        </>
      )}
      <Problem refusal={report.refusal} />
      {told && (
        <>
          <section aria-labelledby="pace"><h2 id="pace">Messages over time</h2><Plot timeline={told.timeline} /></section>
          <Results results={told.results} />
          <Reasons rows={told.reasons} onReason={choose} />
          {told.message?.activity && (
            <section aria-labelledby="message">
              <h2 id="message">The message</h2>
              <p class="quiet">As {told.message.name ?? "somebody"} has it.</p>
              <Message activity={told.message.activity} hosts={told.message.hosts} />
            </section>
          )}
        </>
      )}
      {found && <People name={name} reason={reason} onReason={setReason} />}
      {told && <Log events={told.events} />}
    </main>
  );
}
