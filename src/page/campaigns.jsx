// All campaigns, newest first.
import { Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { Bar, now } from "./progress.jsx";
import { href } from "./route.js";
import { number, when } from "./words.js";

export function Campaigns() {
  const { data, refusal } = useLive("/campaigns", 2000);
  const rows = data?.campaigns;
  return (
    <main id="main">
      <h1>Campaigns</h1>
      <Problem refusal={refusal} />
      {rows && !rows.length && <p>There is no campaign in this store yet.</p>}
      {rows?.length > 0 && (
        <div class="scroll" tabindex="0" role="region" aria-label="Campaigns">
          <table class="campaigns">
            <thead>
              <tr>
                <th scope="col">name</th><th scope="col">state</th>
                <th scope="col" class="n">delivered</th><th scope="col" class="n">failed</th>
                <th scope="col" class="n">unknown</th><th scope="col" class="n">left</th>
                <th scope="col">started</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">
                    <a href={href("campaigns", row.name)}>{row.name}</a>
                    <Bar ledger={row} />
                  </th>
                  <td><span class={`state is-${row.state}`}>{row.state}</span> <small>{now(row)}</small></td>
                  <td class="n">{number(row.delivered)}</td>
                  <td class="n">{number(row.failed)}</td>
                  <td class="n">{number(row.unknown)}</td>
                  <td class="n">{number(row.pending)}</td>
                  <td>{when(row.started_at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </main>
  );
}
