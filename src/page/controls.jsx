// The buttons of a campaign: what one's role may do to it, each asked for once more.
import { useState } from "preact/hooks";
import { call, part } from "./api.js";
import { Asking } from "./confirm.jsx";
import { MOVING, STANDING, count, number } from "./words.js";

function Rate({ ledger, act }) {
  const [rate, setRate] = useState("");
  return (
    <Asking label="Rate" title={`How fast may ${ledger.name} send?`}
      act={() => act("rate", { rate: rate.trim() === "" ? "full" : rate.trim() })}>
      <label>Messages a second; empty: as fast as Teams allows
        <input inputmode="decimal" value={rate} onInput={(e) => setRate(e.target.value)} />
      </label>
    </Asking>
  );
}

function Approve({ ledger, act }) {
  const [comment, setComment] = useState("");
  return (
    <Asking label="Approve" kind="main" title={`Approve ${ledger.name}?`}
      act={() => act("approve", { comment: comment.trim() || undefined })}>
      <p>You sign exactly this message, for exactly these {count(ledger.pending, "person", "people")}.
        Whoever planned or began it cannot approve it.</p>
      <label>Comment
        <input value={comment} onInput={(e) => setComment(e.target.value)} />
      </label>
    </Asking>
  );
}

/** @param {function} done called after something has changed */
export function Controls({ ledger, rights, done }) {
  const act = async (deed, body) => {
    await call("POST", `/campaigns/${part(ledger.name)}/${deed}`, body ?? {});
    done();
  };
  const moves = MOVING.includes(ledger.state), stands = STANDING.includes(ledger.state);
  const may = (right, holds) => holds && rights.includes(right);
  const left = count(ledger.pending, "person", "people");
  // Everything is sent, and people still talk with it.
  const open = ledger.finished_at ? ledger.dialogs?.open ?? 0 : 0, dialogs = count(open, "open dialog");
  const talks = open > 0 && ledger.state === "finished";
  return (
    <div class="buttons">
      {may("approve", ledger.needs_approval) && <Approve ledger={ledger} act={act} />}
      {may("pause", moves || talks) && (
        <Asking label="Pause" title={`Pause ${ledger.name}?`} act={() => act("pause")}>
          {open ? <p>Until it is resumed nobody is reminded, and its {dialogs} do nothing by themselves. Who
            answers is answered.</p>
            : <p>What is in flight is awaited; nothing more is sent until it is resumed.</p>}
        </Asking>
      )}
      {may("resume", ledger.is_approved) && (
        <Asking label="Start" kind="main" title={`Send ${ledger.name} now?`}
          typed={number(ledger.pending)} act={() => act("resume")}>
          <p>It goes to {left}, as it was approved.</p>
        </Asking>
      )}
      {may("resume", stands) && !ledger.needs_approval && !ledger.is_approved && (
        <Asking label="Resume" kind="main" title={`Resume ${ledger.name}?`} act={() => act("resume")}>
          {open ? <p>It goes on with its {dialogs}: what is overdue follows, once to each person.</p>
            : <p>It goes on with the {left} who are left.</p>}
          {ledger.why && <p>It stood still because: {ledger.why}.</p>}
        </Asking>
      )}
      {may("rate", (moves || stands) && !ledger.finished_at) && <Rate ledger={ledger} act={act} />}
      {may("cancel", moves || stands || talks) && (
        <Asking label="Cancel campaign" kind="danger" title={`Cancel ${ledger.name} for good?`}
          typed={number(open || ledger.pending)} act={() => act("cancel")}>
          {open ? <p>Its {dialogs} end: who has not answered cannot any more. This cannot be undone; what
            was sent stays where it is.</p>
            : <p>The {left} who are left will never get it. This cannot be undone; what was sent
              stays where it is.</p>}
        </Asking>
      )}
    </div>
  );
}
