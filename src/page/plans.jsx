// The scripts that the server may run, and the plans that were made of them.
import { useState } from "preact/hooks";
import { call } from "./api.js";
import { Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { href, useTitle } from "./route.js";
import { number, when } from "./words.js";

function Scripts({ scripts, rights, onProblem }) {
  const [busy, setBusy] = useState(false);
  const plan = async (script) => {
    onProblem(null);
    setBusy(true);
    try {
      const made = await call("POST", "/plans", { script });
      location.hash = href("plans", made.id);
    } catch (refused) {
      onProblem(refused);
      setBusy(false);
    }
  };
  return (
    <ul class="scripts" aria-label="Scripts">
      {scripts.map(({ path }) => (
        <li key={path}>
          <span>{path}</span>
          {rights.includes("plan") && (
            <button type="button" disabled={busy} aria-label={`Plan ${path}`} onClick={() => plan(path)}>Plan</button>
          )}
        </li>
      ))}
    </ul>
  );
}

const SAID = { reading: "reads the audience", failed: "cannot be sent", done: "complete" };

function Made({ plans }) {
  return (
    <table>
      <thead>
        <tr><th scope="col">campaign</th><th scope="col">state</th><th scope="col" class="n">recipients</th>
          <th scope="col" class="wide">by</th><th scope="col" class="wide">planned</th></tr>
      </thead>
      <tbody>
        {plans.map((one) => (
          <tr key={one.id}>
            <th scope="row"><a href={href("plans", one.id)}>{one.name ?? one.script}</a></th>
            <td>{one.campaign ? "started" : SAID[one.state]}</td>
            <td class="n">{one.recipients != null ? number(one.recipients) : ""}</td>
            <td class="wide">{one.who}</td>
            <td class="wide">{when(one.at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Plans({ rights }) {
  const scripts = useLive("/scripts", 10000);
  const plans = useLive("/plans", 3000);
  const [problem, setProblem] = useState(null);
  useTitle("Plans");
  const isThere = scripts.refusal?.status !== 404;
  return (
    <>
      <h1>Plans</h1>
      {!isThere && <p>This server starts no campaigns: it was begun without <code>--campaigns</code>.</p>}
      {isThere && <Problem refusal={problem ?? scripts.refusal ?? plans.refusal} />}
      {scripts.data && !scripts.data.scripts.length && <p>There is no script in the server's folder.</p>}
      {scripts.data?.scripts.length > 0 && <h2>Scripts</h2>}
      {scripts.data && <Scripts scripts={scripts.data.scripts} rights={rights} onProblem={setProblem} />}
      {plans.data?.plans.length > 0 && <><h2>Plans made</h2><Made plans={plans.data.plans} /></>}
    </>
  );
}
