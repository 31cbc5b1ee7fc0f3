// The page: who is signed in, where they are, and the part that shows it.
import { render } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { call, keepCsrf } from "./api.js";
import { Campaign } from "./campaign.jsx";
import { Campaigns } from "./campaigns.jsx";
import { Problem } from "./confirm.jsx";
import { Person } from "./people.jsx";
import { Plan, Scripts } from "./plan.jsx";
import { href, useRoute } from "./route.js";
import { SignIn } from "./signin.jsx";

function Place({ place, rights }) {
  const [noun, name, more, who] = place;
  if (noun === "campaigns" && name && more === "people" && who) return <Person name={name} who={who} />;
  if (noun === "campaigns" && name) return <Campaign key={name} name={name} rights={rights} />;
  if (noun === "plans" && name) return <Plan key={name} id={name} rights={rights} />;
  if (noun === "new") return <Scripts rights={rights} />;
  return <Campaigns />;
}

function Page() {
  const place = useRoute();
  const [me, setMe] = useState(undefined);
  const [refusal, setRefusal] = useState(null);
  const ask = useCallback(async () => {
    try {
      const found = await call("GET", "/me");
      keepCsrf(found.csrf);
      setMe(found);
      setRefusal(null);
    } catch (problem) {
      if (problem.status === 401) setMe(null);
      else setRefusal(problem);
    }
  }, []);
  useEffect(() => {
    ask();
    const timer = setInterval(() => document.hidden || ask(), 30000);
    return () => clearInterval(timer);
  }, [ask]);
  const leave = async () => {
    await call("DELETE", "/session").catch(() => {});
    ask();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>
        To the content
      </a>
      <header>
        <a class="name" href={href()}>crier</a>
        {me && (
          <nav aria-label="Parts">
            <a href={href()} aria-current={!place[0] ? "page" : undefined}>Campaigns</a>
            {me.rights.includes("plan") && (
              <a href={href("new")} aria-current={place[0] === "new" ? "page" : undefined}>New</a>
            )}
          </nav>
        )}
        {me && <span class="me">{me.name} ({me.role}) {me.csrf && <button type="button" onClick={leave}>Sign out</button>}</span>}
      </header>
      <Problem refusal={refusal} />
      {me === null && <SignIn onDone={ask} />}
      {me && <Place place={place} rights={me.rights} />}
    </>
  );
}

render(<Page />, document.getElementById("page"));
