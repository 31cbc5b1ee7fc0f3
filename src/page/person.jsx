// What became of one person, and why.
import { part } from "./api.js";
import { Message } from "./card.jsx";
import { Problem } from "./confirm.jsx";
import { useLive } from "./live.js";
import { List, State } from "./progress.jsx";
import { href, useTitle } from "./route.js";
import { when } from "./words.js";

const FIELDS = ["upn", "kind", "id", "status", "code", "attempts", "language", "variant", "via",
  "conversation_id", "activity_id", "request_id"];

export function Person({ name, who }) {
  const { data: row, refusal } = useLive(`/campaigns/${part(name)}/people/${part(who)}`, 5000);
  const message = useLive(`/campaigns/${part(name)}/people/${part(who)}/message`);
  const called = row?.name ?? row?.upn ?? who;
  useTitle(`${called}, ${name}`);
  return (
    <>
      <p class="way"><a href={href("campaigns", name)}>{name}</a></p>
      <h1>{called}</h1>
      <Problem refusal={refusal} />
      {row && (
        <>
          <p><State of={row} />{row.reason ? `: ${row.reason}` : ""}</p>
          {row.text && <p class="quiet">{row.text}</p>}
          {row.remedy && <p class="warning">What to do: {row.remedy}</p>}
          <List rows={[
            ["next try", row.next_try_at && when(row.next_try_at)],
            ["app", row.installed ? "installed by this campaign" : null],
            ...FIELDS.map((field) => [field.replaceAll("_", " "), row[field] != null ? String(row[field]) : null]),
          ]} />
          <Message message={message.data && { ...message.data, name: called }}
            lead={row.state === "delivered" ? `As Teams shows it to ${called}` : `As Teams would show it to ${called}`} />
          <h2 id="story">The whole story</h2>
          <ol class="story" aria-labelledby="story">
            {(row.story ?? []).map((each, i) => (
              <li key={i}><time dateTime={each.at}>{when(each.at)}</time>{" "}
                {each.campaign && each.campaign !== name ? `${each.campaign}: ` : ""}{each.what}</li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}
