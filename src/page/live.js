// Data that keeps itself up to date while somebody looks.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { call } from "./api.js";

// What says the same stays the same object, so that nothing that hangs on it is drawn anew.
const same = (old, data) => (JSON.stringify(old) === JSON.stringify(data) ? old : data);

/**
 * Reads a path now and again and again; not while the page is hidden.
 * @param {?string} path nil reads nothing
 * @param {number} [everyMs] 0 reads once
 * @returns {{data: ?object, refusal: ?Error, again: function}} what was read last stays
 *   when a later call is refused
 */
export function useLive(path, everyMs = 0) {
  const [state, setState] = useState({ path: null, data: null, refusal: null });
  const turn = useRef(0);
  const read = useCallback(async () => {
    const mine = ++turn.current;
    if (!path) return;
    try {
      const data = await call("GET", path);
      if (mine === turn.current) setState((old) => ({ path, data: same(old.data, data), refusal: null }));
    } catch (refusal) {
      if (mine === turn.current) {
        setState((old) => ({ path, data: old.path === path ? old.data : null, refusal }));
      }
    }
  }, [path]);
  useEffect(() => {
    read();
    if (!everyMs) return undefined;
    const timer = setInterval(() => document.hidden || read(), everyMs);
    const seen = () => document.hidden || read();
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
      turn.current++;
    };
  }, [read, everyMs]);
  const is = state.path === path;
  return { data: is ? state.data : null, refusal: is ? state.refusal : null, again: read };
}
