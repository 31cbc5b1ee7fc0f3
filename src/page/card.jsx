// A message as Teams shows it, by Microsoft's own renderer.
import { AdaptiveCard, HostConfig } from "adaptivecards";
import { useEffect, useRef, useState } from "preact/hooks";

const dark = matchMedia("(prefers-color-scheme: dark)");

function useDark() {
  const [is, set] = useState(dark.matches);
  useEffect(() => {
    const changed = () => set(dark.matches);
    dark.addEventListener("change", changed);
    return () => dark.removeEventListener("change", changed);
  }, []);
  return is;
}

function Card({ content, hosts }) {
  const place = useRef(null);
  const isDark = useDark();
  useEffect(() => {
    const card = new AdaptiveCard();
    card.hostConfig = new HostConfig(isDark ? hosts?.dark : hosts?.light);
    // A picture of elsewhere is not fetched, and no action acts: this shows, it does not do.
    AdaptiveCard.onProcessMarkdown = (text, result) => {
      result.outputHtml = text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
      result.didProcess = true;
    };
    card.onExecuteAction = () => {};
    try {
      card.parse(content);
      const made = card.render();
      place.current.replaceChildren(...(made ? [made] : []));
    } catch (problem) {
      place.current.replaceChildren(`The card cannot be shown: ${problem.message}`);
    }
  }, [content, hosts, isDark]);
  return <div class="card" ref={place} />;
}

/** @param {{activity: object, hosts: object}} props */
export function Message({ activity, hosts }) {
  if (!activity) return null;
  const cards = (activity.attachments ?? []).filter(
    (each) => each.contentType === "application/vnd.microsoft.card.adaptive");
  return (
    <div class="message">
      {activity.summary && <p class="toast">Notification: {activity.summary}</p>}
      {activity.text && <p class="text">{activity.text}</p>}
      {cards.map((each, i) => <Card key={i} content={each.content} hosts={hosts} />)}
    </div>
  );
}
