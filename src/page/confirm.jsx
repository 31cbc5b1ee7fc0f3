// A question before something changes, and what came of it.
import { useEffect, useRef, useState } from "preact/hooks";

/** What a refused call says, and what to do. */
export function Problem({ refusal }) {
  if (!refusal) return null;
  return (
    <div class="problem" role="alert">
      <p>{refusal.message}</p>
      {refusal.remedy && <p>{refusal.remedy}</p>}
    </div>
  );
}

/**
 * A button that asks first.
 * @param {string} label of the button and of what confirms
 * @param {string} title the question
 * @param {*} [children] what the reader should know
 * @param {string} [typed] a number that must be typed to confirm, as it was when asked
 * @param {function} act does it; a refusal it throws is shown. It may give a function that
 *   leads somewhere else
 */
export function Asking({ label, title, children, typed, act, kind = "", disabled }) {
  const box = useRef(null);
  const [state, setState] = useState({ busy: false, refusal: null, text: "" });
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(null);
  useEffect(() => {
    if (open && !box.current.open) box.current.showModal();
    if (!open && box.current?.open) box.current.close();
  }, [open]);
  const close = () => setOpen(false);
  const start = () => {
    setState({ busy: false, refusal: null, text: "" });
    setWanted(typed);
    setOpen(true);
  };
  const confirm = async (event) => {
    event.preventDefault();
    setState((old) => ({ ...old, busy: true, refusal: null }));
    try {
      const leave = await act();
      box.current?.close(); // what is behind it can have the focus again
      close();
      leave?.();
    } catch (refusal) {
      setState((old) => ({ ...old, busy: false, refusal }));
    }
  };
  const digits = (text) => String(text).replace(/[\s,]/g, "");
  const may = !wanted || digits(state.text) === digits(wanted);
  return (
    <>
      <button type="button" class={kind} onClick={start} disabled={disabled}>{label}</button>
      <dialog ref={box} onClose={close} aria-label={title}>
        {open && (
          <form onSubmit={confirm}>
            <h2>{title}</h2>
            {children}
            {wanted && (
              <label>
                Type {wanted} to go on
                <input value={state.text} autocomplete="off" inputmode="numeric"
                  onInput={(e) => setState((old) => ({ ...old, text: e.target.value }))} />
              </label>
            )}
            <Problem refusal={state.refusal} />
            <div class="buttons">
              <button type="button" onClick={close}>Not now</button>
              <button class={kind || "main"} disabled={state.busy || !may}>{label}</button>
            </div>
          </form>
        )}
      </dialog>
    </>
  );
}
