// Signing in with a key: it is sent once, and kept nowhere here.
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "./api.js";
import { Problem } from "./confirm.jsx";
import { useTitle } from "./route.js";

/** @param {{isLost: boolean, onDone: function}} props `isLost`: the server has ended the session */
export function SignIn({ isLost, onDone }) {
  const [key, setKey] = useState("");
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  useEffect(() => field.current.focus(), []);
  useTitle("Sign in");
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(null);
    try {
      await call("POST", "/session", { key: key.trim() });
      onDone();
    } catch (problem) {
      setRefusal(problem);
      setBusy(false);
    }
    setKey("");
  };
  return (
    <div class="narrow">
      <h1>Sign in</h1>
      {isLost && (
        <p class="warning" role="alert">You were signed out: the server has been started again, twelve
          hours have passed, or your key was taken away.</p>
      )}
      <form onSubmit={submit}>
        <label>
          Key
          <input type="password" ref={field} value={key} autocomplete="current-password" required
            onInput={(e) => setKey(e.target.value)} />
        </label>
        <Problem refusal={refusal} />
        <div class="buttons"><button class="main" disabled={busy || !key.trim()}>Sign in</button></div>
      </form>
      <p class="quiet">
        Keys are made by <code>crier key new NAME --role viewer</code> where the server runs.
      </p>
    </div>
  );
}
