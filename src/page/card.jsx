// A message as Teams shows it, by Microsoft's own renderer.
import { AdaptiveCard, HostConfig } from "adaptivecards";
import { useEffect, useRef, useState } from "preact/hooks";

const dark = matchMedia("(prefers-color-scheme: dark)");
const ADAPTIVE = "application/vnd.microsoft.card.adaptive";

function useDark() {
  const [is, set] = useState(dark.matches);
  useEffect(() => {
    const changed = () => set(dark.matches);
    dark.addEventListener("change", changed);
    return () => dark.removeEventListener("change", changed);
  }, []);
  return is;
}

// Marks in a text become elements; everything else in it is escaped first.
const marked = (text) => text
  .replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`)
  .replace(/\[([^[\]]+)\]\(((?:https?:\/\/|mailto:)[^\s()]+)\)/g,
    '<a href="$2" target="_blank" rel="noopener noreferrer">$1</a>')
  .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
  .replace(/(^|[^\w])_([^_]+)_(?!\w)/g, "$1<em>$2</em>")
  .replace(/\r\n?|\n/g, "<br>");
AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = marked(text);
  result.didProcess = true;
};

// A grey field in the place of a picture.
const PICTURE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='160' height='90'%3E"
  + "%3Crect width='160' height='90' fill='%23888'/%3E%3Cpath d='M50 65l20-26 14 16 10-10 18 20z' fill='%23ccc'/%3E%3C/svg%3E";
const OUTSIDE = /^\s*(https?:)?\/\//i;

// The card without what would be fetched from elsewhere: a picture leaves its place.
function atHome(node) {
  if (Array.isArray(node)) return node.map(atHome);
  if (!node || typeof node !== "object") return node;
  const made = {};
  for (const [name, value] of Object.entries(node)) {
    const isPicture = name === "url" && (node.type ?? "Image") === "Image"; // in a set none says so
    if (isPicture && OUTSIDE.test(value)) made[name] = PICTURE;
    else if (/^(iconUrl|poster|backgroundImage|sources|captionSources)$/.test(name)) continue;
    else made[name] = atHome(value);
  }
  return made;
}

// What the renderer says of roles that is not so: a row of buttons is no menu.
function mended(made) {
  const drop = (selector, ...names) => made.querySelectorAll(selector).forEach((each) =>
    names.forEach((name) => each.removeAttribute(name)));
  drop("[role=menubar], [role=menuitem]", "role");
  drop("button[aria-posinset]", "aria-posinset", "aria-setsize");
  drop("div[aria-required]", "aria-required");
  return made;
}

function Card({ content, hosts }) {
  const place = useRef(null);
  const isDark = useDark();
  useEffect(() => {
    const card = new AdaptiveCard();
    card.hostConfig = new HostConfig(isDark ? hosts?.dark : hosts?.light);
    card.onExecuteAction = () => {}; // this shows, it does not do
    try {
      card.parse(atHome(content));
      const made = card.render();
      place.current.replaceChildren(...(made ? [mended(made)] : []));
    } catch (problem) {
      place.current.replaceChildren(`The card cannot be shown: ${problem.message}`);
    }
  }, [content, hosts, isDark]);
  return <div class="card" ref={place} />;
}

// A text in one of Teams' formats: Markdown, unless it says otherwise; of XML what is read.
function Text({ text, format }) {
  const said = text.replace(/<\/?at>/g, "");
  if (format === "plain") return <p class="text">{said}</p>;
  if (format === "xml") {
    return <p class="text">{new DOMParser().parseFromString(said, "text/html").body.textContent}</p>;
  }
  return <p class="text" dangerouslySetInnerHTML={{ __html: marked(said) }} />;
}

function Activity({ activity, language, hosts }) {
  return (
    <div class="message" lang={language || undefined}>
      {activity.summary && <p class="toast"><span class="hidden">Notification: </span>{activity.summary}</p>}
      {activity.text && <Text text={activity.text} format={activity.textFormat} />}
      {(activity.attachments ?? []).map((each, i) => (each.contentType === ADAPTIVE
        ? <Card key={i} content={each.content} hosts={hosts} />
        : <p key={i} class="quiet">An attachment, which is not shown here: {each.contentType}</p>))}
    </div>
  );
}

/**
 * A message in its variants and languages, one at a time: first the one that whoever it
 * is made for gets.
 * @param {{message: {each: object[], hosts: object, name: ?string, problem: ?string}, lead: ?string}} props
 *   `lead`: what it is, in the place of whose data it has
 */
export function Message({ message, lead }) {
  const [chosen, setChosen] = useState(null);
  if (!message || (!message.each.length && !message.problem)) return null;
  const nth = chosen ?? Math.max(0, message.each.findIndex((each) => each.own));
  const one = message.each[nth];
  return (
    <section aria-labelledby="message">
      <h2 id="message">The message</h2>
      {message.problem && <p class="warning">It cannot be made for {message.name ?? "the example"}: {message.problem}</p>}
      {one && (
        <p class="quiet">{lead ?? `As Teams shows it, with the data of ${message.name ?? "an example"}`}; pictures
          are not fetched.</p>
      )}
      {message.each.length > 1 && (
        <fieldset class="choice">
          <legend>Version</legend>
          {message.each.map((each, i) => (
            <label key={i}><input type="radio" name="version" checked={i === nth} onChange={() => setChosen(i)} /> {each.label}</label>
          ))}
        </fieldset>
      )}
      {one && <Activity activity={one.activity} language={one.language} hosts={message.hosts} />}
    </section>
  );
}
