import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { Joined, Problem } from "./Joined";
import { arrive, type Person, remember, signIn } from "./people";
import "./style.css";

/** Returns the call that the page's address names. Where it names none, the page begins a group call. */
function callOfPage() {
  const url = new URL(location.href);
  const { meetingLink, groupId = crypto.randomUUID() } = Object.fromEntries(url.searchParams);
  if (!meetingLink) url.searchParams.set("groupId", groupId);
  url.hash = ""; // of a sign-in that failed
  history.replaceState(null, "", url);
  return meetingLink ? { meetingLink } : { groupId };
}

/** Asks who the visitor is, then shows the call. `arrival`: who it is already, or why the sign-in failed. */
function App({ arrival }: { arrival: Person | Error | undefined }) {
  const [locator] = useState(callOfPage); // one object: Microsoft's hook compares references
  const [visitor, setVisitor] = useState(arrival);
  if (visitor && !(visitor instanceof Error)) return <Joined person={visitor} locator={locator} />;
  return (
    <main>
      <h1>Join the call</h1>
      <p>Whoever opens the address of this page joins the same call.</p>
      <button className="primary" onClick={() => setVisitor(remember({ name: "Guest" }))}>Join as guest</button>
      <button onClick={() => signIn().catch(setVisitor)}>Sign in</button>
      {visitor && <Problem error={visitor} />}
    </main>
  );
}

const arrival = await arrive().catch((failure: Error) => failure);
createRoot(document.getElementById("root")!).render(<StrictMode><App arrival={arrival} /></StrictMode>);
