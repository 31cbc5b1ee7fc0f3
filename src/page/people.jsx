// The people of a campaign: found and filtered.
import { useEffect, useRef, useState } from "preact/hooks";
import { part } from "./api.js";
import { Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { State } from "./progress.jsx";
import { cameFrom, href } from "./route.js";
import { STATES, when } from "./words.js";

const MOST = 25;

// Where somebody was among the people of a campaign when they looked at one of them.
let left = null;

/** That, for who comes back from there; or nothing. */
export const comesBack = (name) => (left?.name === name && cameFrom("campaigns", name, "people") ? left : null);

// Runs when something has changed, but not at first.
function useChange(act, what) {
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) act();
    isFirst.current = false;
  }, what);
}

function useLater(value, ms) {
  const [later, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return later;
}

function Table({ name, people, was, onOpen }) {
  const back = useRef(null);
  useEffect(() => {
    back.current?.focus();
    if (was) was.who = null; // once: later the focus is somewhere else
  }, []);
  return (
    <table>
      <caption class="hidden">People of this campaign</caption>
      <thead>
        <tr><th scope="col">who</th><th scope="col">state</th><th scope="col">reason</th><th scope="col" class="wide">changed</th></tr>
      </thead>
      <tbody>
        {people.map((row) => (
          <tr key={row.id}>
            <th scope="row">
              <a href={href("campaigns", name, "people", row.id)} ref={row.id === was?.who ? back : undefined}
                onClick={() => onOpen(row.id)}>{row.name ?? row.upn ?? row.id}</a>
              {row.upn && row.name && <div class="quiet">{row.upn}</div>}
            </th>
            <td><State of={row} /></td>
            <td>{row.reason ?? ""}</td>
            <td class="wide">{when(row.updated_at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/**
 * @param {string} name of the campaign
 * @param {string} state of the campaign: when it changes, so have its people
 * @param {?string} reason only those with it
 * @param {function} onReason called with null for all reasons
 */
export function People({ name, state: campaign, reason, onReason }) {
  const [was] = useState(() => comesBack(name));
  const [text, setText] = useState(was?.text ?? "");
  const [state, setState] = useState(was?.state ?? "");
  const [pages, setPages] = useState(was?.pages ?? [0]);
  const q = useLater(text.trim(), 300);
  useChange(() => setPages([0]), [q, state, reason]);
  useChange(() => {
    if (!reason) return;
    setText("");
    setState("");
  }, [reason]);
  const open = (who) => {
    left = { name, text, state, pages, reason, who };
  };
  const query = new URLSearchParams({ most: MOST, after: pages[pages.length - 1] });
  if (q) query.set("q", q);
  if (state) query.set("state", state);
  if (reason) query.set("reason", reason);
  const { data, refusal, again } = useLive(`/campaigns/${part(name)}/people?${query}`,
    campaign === "running" ? 2000 : 10000);
  useEffect(() => { again(); }, [campaign]);
  return (
    <section aria-labelledby="people">
      <h2 id="people" tabindex="-1">People</h2>
      <form class="filters" onSubmit={(e) => e.preventDefault()} role="search" aria-label="People">
        <label>Name, UPN or id
          <input type="search" value={text} onInput={(e) => setText(e.target.value)} />
        </label>
        <label>State
          <select value={state} onChange={(e) => setState(e.target.value)}>
            <option value="">all</option>
            {STATES.map((each) => <option key={each} value={each}>{each}</option>)}
          </select>
        </label>
        {reason && <button type="button" onClick={() => onReason(null)}>Show all, not only “{reason}”</button>}
      </form>
      <Problem refusal={refusal} />
      <p class="quiet" role="status">{data && !data.people.length ? "Nobody." : ""}</p>
      {data?.people.length > 0 && <Table name={name} people={data.people} was={was} onOpen={open} />}
      {(pages.length > 1 || data?.next) && (
        <div class="buttons">
          <button type="button" disabled={pages.length < 2} onClick={() => setPages(pages.slice(0, -1))}>Before</button>
          <button type="button" disabled={!data?.next} onClick={() => setPages([...pages, data.next])}>More</button>
        </div>
      )}
    </section>
  );
}
