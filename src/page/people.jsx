// The people of a campaign: found, filtered, and why one is as they are.
import { useEffect, useState } from "preact/hooks";
import { part } from "./api.js";
import { Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { href } from "./route.js";
import { STATES, when } from "./words.js";

const MOST = 50;

function useLater(value, ms) {
  const [later, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return later;
}

/** @param {string} name of the campaign; @param {?string} reason only those with it */
export function People({ name, reason, onReason }) {
  const [text, setText] = useState("");
  const [state, setState] = useState("");
  const [pages, setPages] = useState([0]);
  const q = useLater(text, 300);
  useEffect(() => setPages([0]), [q, state, reason, name]);
  const query = new URLSearchParams({ most: MOST, after: pages[pages.length - 1] });
  if (q) query.set("q", q);
  if (state) query.set("state", state);
  if (reason) query.set("reason", reason);
  const { data, refusal } = useLive(`/campaigns/${part(name)}/people?${query}`, 10000);
  return (
    <section aria-labelledby="people">
      <h2 id="people">People</h2>
      <form class="filters" onSubmit={(e) => e.preventDefault()} role="search">
        <label>Name, UPN or id
          <input type="search" value={text} onInput={(e) => setText(e.target.value)} />
        </label>
        <label>State
          <select value={state} onChange={(e) => setState(e.target.value)}>
            <option value="">all</option>
            {STATES.map((each) => <option key={each} value={each}>{each}</option>)}
          </select>
        </label>
        {reason && <button type="button" onClick={() => onReason(null)}>Not only “{reason}”</button>}
      </form>
      <Problem refusal={refusal} />
      <p class="quiet" role="status">{data && !data.people.length ? "Nobody." : ""}</p>
      {data?.people.length > 0 && (
        <div class="scroll" tabindex="0" role="region" aria-label="People of this campaign">
          <table>
            <thead>
              <tr><th scope="col">who</th><th scope="col">state</th><th scope="col">reason</th><th scope="col">changed</th></tr>
            </thead>
            <tbody>
              {data.people.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <a href={href("campaigns", name, "people", row.id)}>{row.name ?? row.upn ?? row.id}</a>
                    {row.upn && row.name && <small> {row.upn}</small>}
                  </th>
                  <td><span class={`state is-${row.state}`}>{row.state}</span></td>
                  <td>{row.reason ?? ""}</td>
                  <td>{when(row.updated_at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="buttons">
        <button type="button" disabled={pages.length < 2} onClick={() => setPages(pages.slice(0, -1))}>Before</button>
        <button type="button" disabled={!data?.next} onClick={() => setPages([...pages, data.next])}>After</button>
      </div>
    </section>
  );
}

/** What became of one person, and why. */
export function Person({ name, who }) {
  const { data, refusal } = useLive(`/campaigns/${part(name)}/people/${part(who)}`, 5000);
  const row = data?.person;
  return (
    <main id="main">
      <p><a href={href("campaigns", name)}>{name}</a></p>
      <h1>{row?.name ?? row?.upn ?? who}</h1>
      <Problem refusal={refusal} />
      {row && (
        <dl class="facts">
          <dt>state</dt><dd><span class={`state is-${row.state}`}>{row.state}</span></dd>
          {["reason", "upn", "id", "status", "code", "attempts", "language", "variant", "conversation_id", "activity_id", "request_id"]
            .filter((field) => row[field] != null && row[field] !== "")
            .map((field) => [<dt>{field.replace("_", " ")}</dt>, <dd>{String(row[field])}</dd>])}
          {row.remedy && [<dt>what to do</dt>, <dd>{row.remedy}</dd>]}
        </dl>
      )}
      {data?.story?.length > 0 && (
        <>
          <h2>The whole story</h2>
          <ol class="story">
            {data.story.map((each, i) => (
              <li key={i}><time dateTime={each.at}>{when(each.at)}</time> {each.campaign}: {each.what}</li>
            ))}
          </ol>
        </>
      )}
    </main>
  );
}
