// All campaigns, newest first.
import { Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { Bar, State, now } from "./progress.jsx";
import { href, useTitle } from "./route.js";
import { number, when } from "./words.js";

function Row({ row }) {
  return (
    <tr>
      <th scope="row">
        <a href={href("campaigns", row.name)}>{row.name}</a>
        <Bar ledger={row} />
      </th>
      <td><State of={row} /><div class="quiet">{now(row)}</div></td>
      <td class="n">{number(row.delivered)}</td>
      <td class="n wide">{number(row.failed)}</td>
      <td class="n wide">{number(row.unknown)}</td>
      <td class="n">{number(row.pending)}</td>
      <td class="wide">{when(row.started_at)}</td>
    </tr>
  );
}

function Table({ rows, labelled }) {
  return (
    <table class="campaigns" aria-labelledby={labelled}>
      <thead>
        <tr>
          <th scope="col">name</th><th scope="col">state</th>
          <th scope="col" class="n">delivered</th><th scope="col" class="n wide">failed</th>
          <th scope="col" class="n wide">unknown</th><th scope="col" class="n">left</th>
          <th scope="col" class="wide">started</th>
        </tr>
      </thead>
      <tbody>{rows.map((row) => <Row key={row.name} row={row} />)}</tbody>
    </table>
  );
}

// What waits for somebody of this role.
function Waiting({ rows, rights }) {
  const list = (each) => each.map((row, i) => (
    <span key={row.name}>{i > 0 && ", "}<a href={href("campaigns", row.name)}>{row.name}</a></span>
  ));
  const unsigned = rights.includes("approve") ? rows.filter((row) => row.needs_approval) : [];
  const signed = rights.includes("resume") ? rows.filter((row) => row.is_approved) : [];
  return (
    <>
      {unsigned.length > 0 && <p class="warning">To be approved: {list(unsigned)}</p>}
      {signed.length > 0 && <p class="note">Approved, and to be started: {list(signed)}</p>}
    </>
  );
}

/** @param {{rights: string[]}} props */
export function Campaigns({ rights }) {
  const { data, refusal } = useLive("/campaigns", 2000);
  const rows = data?.campaigns.filter((row) => row.action !== "message" || row.targeted > 0);
  const sent = rows?.filter((row) => !row.test_of), tests = rows?.filter((row) => row.test_of);
  useTitle("Campaigns");
  return (
    <>
      <h1>Campaigns</h1>
      <Problem refusal={refusal} />
      {rows && <Waiting rows={rows} rights={rights} />}
      {rows && !rows.length && <p>There is no campaign in this store yet.</p>}
      {sent?.length > 0 && <Table rows={sent} />}
      {tests?.length > 0 && <><h2 id="tests">Tests</h2><Table rows={tests} labelled="tests" /></>}
    </>
  );
}
