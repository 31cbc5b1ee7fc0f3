// How far a campaign is: a bar, the numbers, and what it waits for.
import { STANDING, STATES, count, number, share, span, when } from "./words.js";

/** A state, in its colour. */
export function State({ of }) {
  if (of.action === "message") return <span class="state">single messages</span>;
  const isFlawed = of.state === "finished" && (of.failed > 0 || of.unknown > 0);
  return <span class={`state is-${isFlawed ? "unknown" : of.state}`}>{of.needs_approval ? "waits for approval" : of.is_approved ? "approved" : of.state}</span>;
}

/** One bar of all states; the numbers beside it say the same in words. */
export function Bar({ ledger }) {
  const all = Math.max(1, ledger.targeted);
  return (
    <div class="bar" aria-hidden="true">
      {STATES.map((state) => (
        <span key={state} class={`is-${state}`} style={{ flexGrow: ledger[state] / all }} />
      ))}
    </div>
  );
}

/** The five numbers of a ledger. */
export function Tiles({ ledger }) {
  const meant = ledger.targeted - ledger.excluded;
  return (
    <dl class="tiles">
      <div><dt>targeted</dt><dd>{number(ledger.targeted)}</dd></div>
      {STATES.map((state) => (
        <div key={state} class={`is-${state}`}>
          <dt>{state}</dt>
          <dd>
            {number(ledger[state])}
            {state !== "excluded" && <small> {share(ledger[state], meant)}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const rate = (n) => (n >= 10 ? number(Math.round(n)) : Math.round(n * 10) / 10);

/** What is going on just now, in one line. */
export function now(ledger) {
  const outlook = ledger.outlook;
  if (ledger.action === "message" || ledger.state === "cancelled") return "";
  if (ledger.state === "finished") {
    const open = ledger.dialogs?.open;
    return [ledger.failed && `${number(ledger.failed)} failed`, ledger.unknown && `${number(ledger.unknown)} unknown`,
      open && count(open, "open dialog")].filter(Boolean).join(", ");
  }
  if (!outlook) {
    if (ledger.waiting_until) return `until ${when(ledger.waiting_until)}`;
    return ledger.needs_approval || ledger.is_approved ? "" : ledger.why ?? "";
  }
  const parts = [outlook.read != null ? `${outlook.phase}, ${number(outlook.read)} so far` : outlook.phase];
  const moves = !STANDING.includes(ledger.state);
  if (moves && outlook.rate != null) parts.push(`${rate(outlook.rate)} a second`);
  if (outlook.waiting) parts.push(outlook.waiting);
  if (moves && outlook.seconds_left != null) parts.push(`about ${span(outlook.seconds_left)} left`);
  return parts.filter(Boolean).join(", ");
}

/** The facts of a run: when, how fast, how many calls. */
export function Facts({ ledger }) {
  const { calls } = ledger;
  const outlook = STANDING.includes(ledger.state) ? null : ledger.outlook;
  const rows = [
    ["started", when(ledger.started_at)],
    ["finished", when(ledger.finished_at)],
    ["rate", outlook?.rate != null ? `${rate(outlook.rate)} a second`
      + (outlook.allowed ? `, ${rate(outlook.allowed)} allowed` : "") : null],
    ["time left", outlook?.seconds_left != null ? `about ${span(outlook.seconds_left)}` : null],
    ["set rate", ledger.rate ? `${rate(ledger.rate)} a second at most` : null],
    ["calls", calls ? `${number(calls.connector)} to the Bot Connector, ${number(calls.graph)} to Graph` : null],
    ["throttled", ledger.throttled ? `${number(ledger.throttled)} times` : null],
    ["approved by", ledger.approvals?.map((one) => `${one.who}, ${when(one.at)}`
      + (one.comment ? ` (${one.comment})` : "")).join("; ")],
  ];
  return <List rows={rows} />;
}

/** A list of facts; what is not known is left out. */
export function List({ rows }) {
  return (
    <dl class="facts">
      {rows.filter(([, said]) => said != null && said !== "").map(([label, said]) => (
        <div key={label}><dt>{label}</dt><dd>{said}</dd></div>
      ))}
    </dl>
  );
}
