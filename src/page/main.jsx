// The page: who is signed in, where they are, and the part that shows it.
import { render } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { call, keepCsrf, whenSignedOut } from "./api.js";
import { Campaign } from "./campaign.jsx";
import { Campaigns } from "./campaigns.jsx";
import { Caught } from "./caught.jsx";
import { Problem } from "./confirm.jsx";
import { Person } from "./person.jsx";
import { Plan } from "./plan.jsx";
import { Plans } from "./plans.jsx";
import { href, useRoute } from "./route.js";
import { SignIn } from "./signin.jsx";

function Place({ place, me }) {
  const [noun, name, more, who] = place;
  if (noun === "campaigns" && name && more === "people" && who) return <Person key={who} name={name} who={who} />;
  if (noun === "campaigns" && name) return <Campaign key={name} name={name} me={me} />;
  if (noun === "plans" && name) return <Plan key={name} id={name} me={me} />;
  if (noun === "plans") return <Plans rights={me.rights} />;
  return <Campaigns rights={me.rights} />;
}

function Head({ me, place, onLeave }) {
  const is = (noun) => ((place[0] ?? "campaigns") === noun ? "page" : undefined);
  return (
    <header>
      <a class="name" href={href()}>crier</a>
      {me && (
        <nav aria-label="Parts">
          <a href={href()} aria-current={is("campaigns")}>Campaigns</a>
          <a href={href("plans")} aria-current={is("plans")}>Plans</a>
        </nav>
      )}
      {me && (
        <div class="me">
          <span>{me.name} <small>{me.role}</small></span>
          {me.session && <button type="button" class="small" onClick={onLeave}>Sign out</button>}
        </div>
      )}
    </header>
  );
}

function Page() {
  const place = useRoute();
  const [me, setMe] = useState(undefined);
  const [isLost, setLost] = useState(false); // signed out by the server
  const [refusal, setRefusal] = useState(null);
  const ask = useCallback(async () => {
    try {
      const found = await call("GET", "/session");
      keepCsrf(found.csrf);
      setMe((old) => {
        setLost((was) => !found.name && (was || old != null));
        return found.name ? found : null;
      });
      setRefusal(null);
    } catch (problem) {
      setRefusal(problem);
    }
  }, []);
  useEffect(() => {
    whenSignedOut(ask);
    ask();
    const timer = setInterval(() => document.hidden || ask(), 30000);
    return () => clearInterval(timer);
  }, [ask]);
  const leave = async () => {
    await call("DELETE", "/session").catch(() => {});
    setMe(undefined);
    ask();
  };
  const skip = (event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>To the content</a>
      <Head me={me} place={place} onLeave={leave} />
      <Problem refusal={refusal} />
      <main id="main" tabindex="-1">
        {me === null && <SignIn isLost={isLost} onDone={ask} />}
        {me && <Caught key={place.join("/")}><Place place={place} me={me} /></Caught>}
      </main>
    </>
  );
}

render(<Page />, document.getElementById("page"));
