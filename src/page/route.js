// Where the reader is: the part of the address after `#`, which no server sees.
import { useEffect, useState } from "preact/hooks";

const parts = () => location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map((text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
});

let here = parts(), before = [];

/** Whether the place before began like this: `cameFrom("campaigns", name, "people")`. */
export const cameFrom = (...names) => names.every((name, i) => before[i] === name);

/** The parts of the place, kept up to date. */
export function useRoute() {
  const [place, setPlace] = useState(parts);
  useEffect(() => {
    const moved = () => {
      [before, here] = [here, parts()];
      setPlace(here);
      window.scrollTo(0, 0);
      document.getElementById("main")?.focus({ preventScroll: true });
    };
    window.addEventListener("hashchange", moved);
    return () => window.removeEventListener("hashchange", moved);
  }, []);
  return place;
}

/** Names the place for who has many tabs, and for screen readers. */
export function useTitle(text) {
  useEffect(() => {
    document.title = text ? `${text} · crier` : "crier";
  }, [text]);
}

/** The address of a place: `href("campaigns", name)`. */
export const href = (...names) => `#/${names.map(encodeURIComponent).join("/")}`;
