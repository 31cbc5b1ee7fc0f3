// Numbers, times and names as people read them.

const whole = new Intl.NumberFormat("en");

/** 12345 -> "12,345" */
export const number = (n) => whole.format(n ?? 0);

/** "two words" -> "Two words" */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** (1, "person", "people") -> "1 person" */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** Seconds as one or two units: "3 min 20 s", "2 h 5 min". */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ""}`;
  const m = Math.round(s / 60);
  if (m < 24 * 60) return `${Math.floor(m / 60)} h${m % 60 ? ` ${m % 60} min` : ""}`;
  return `${Math.floor(m / 1440)} d${Math.round((m % 1440) / 60) ? ` ${Math.round((m % 1440) / 60)} h` : ""}`;
}

/** An ISO instant in the reader's own zone. */
export const when = (iso) => iso && new Date(iso).toLocaleString([], {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

/** "3.4 %" of a whole; nothing of nothing is "0 %". */
export const share = (n, of) => (of ? `${Math.round((1000 * n) / of) / 10} %` : "0 %");

/** The states of a campaign that is under way; and of one that was stopped, and can go on. */
export const MOVING = ["planning", "running", "waiting"];
export const STANDING = ["paused", "stopped"];

/** The states of the ledger, in the order in which they are shown. */
export const STATES = ["delivered", "pending", "failed", "unknown", "excluded"];
