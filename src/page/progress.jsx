// How far a campaign is: a bar, the numbers, and what it waits for.
import { STATES, number, share, span } from "./words.js";

/** One bar of all states; the numbers beside it say the same in words. */
export function Bar({ ledger }) {
  const all = Math.max(1, ledger.targeted);
  return (
    <div class="bar" aria-hidden="true">
      {STATES.map((state) => (
        <span key={state} class={`is-${state}`}
          ref={(e) => e && (e.style.flexGrow = ledger[state] / all)} />
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

/** What is going on just now, in one line. */
export function now(ledger) {
  const outlook = ledger.outlook;
  if (!outlook) return ledger.why ?? "";
  const parts = [outlook.phase];
  if (outlook.rate != null) parts.push(`${Math.round(outlook.rate * 10) / 10} a second`);
  if (outlook.waiting) parts.push(outlook.waiting);
  if (outlook.seconds_left != null) parts.push(`about ${span(outlook.seconds_left)} left`);
  return parts.filter(Boolean).join(", ");
}
