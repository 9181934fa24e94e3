import type { AcsTokenError } from "@acs-tokens/client";
import { useAcsToken } from "@acs-tokens/client/react";
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect, useReducer, useState } from "react";
import type { CallProps, Identity, Locator } from "./Call";
import { type Person, remember, signIn, signOut, tokensOf } from "./people";

const Call = lazy<ComponentType<CallProps>>(() =>
  import("./Call").catch((error: Error) => ({ default: () => <Problem error={error} /> })),
);
const leave = () => (remember(), location.reload());
type Trouble = Error & Partial<AcsTokenError>;
const minutesUntil = (end: Date) => Math.max(0, Math.floor((end.getTime() - Date.now()) / 60_000));

/** Shows the state of the person's token, and the call below it. */
export function Joined({ person, locator }: { person: Person; locator: Locator }) {
  const { name, account } = person;
  const tokens = tokensOf(person);
  const { status, userId, credential, error, retry } = useAcsToken(tokens);
  const [identity, setIdentity] = useState<Identity>(); // while a token is renewed, the call goes on
  const [refusal, setRefusal] = useState<Error>();
  const [, showAgain] = useReducer((times: number) => times + 1, 0);
  if (credential && credential !== identity?.credential) setIdentity({ userId, credential });
  useEffect(() => {
    const timer = setInterval(showAgain, 5_000); // the minutes that are left
    return () => clearInterval(timer);
  }, []);
  const attempt = (action?: Promise<void>) => (setRefusal(undefined), action?.catch(setRefusal));
  const problem: Trouble | undefined = error ?? refusal;
  return (
    <>
      <header>
        <b>{name}</b> <i className={status}>{status}</i> <code>{userId?.communicationUserId}</code>
        {tokens.state.status === "ready" && <span>{minutesUntil(tokens.state.expiresOn)} min left</span>}
        <button onClick={() => attempt(tokens.revoke())}>Revoke</button>
        <button onClick={() => attempt(tokens.forget().then(leave))}>Forget</button>
        {account && <button onClick={() => attempt(signOut(account))}>Sign out</button>}
      </header>
      {problem && (
        <Problem error={problem}>
          {problem.code !== "invitation" && <button onClick={() => (attempt(), retry())}>Try again</button>}
          {account && <button onClick={() => attempt(signIn(problem.claims))}>Sign in again</button>}
          <button onClick={leave}>Leave</button>
        </Problem>
      )}
      <Suspense><Call {...identity} locator={locator} displayName={name} /></Suspense>
    </>
  );
}

/** Shows what is wrong, and what to do about it. */
export function Problem({ error, children }: { error: Trouble; children?: ReactNode }) {
  const { message, cure = "", cause } = error;
  const more = [message.includes(cure) ? "" : cure, cause instanceof Error ? cause.message : ""].join(" ");
  return <aside role="alert"><b>{message}</b><p>{more}</p>{children}</aside>;
}
