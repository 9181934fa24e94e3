// The sample's sign-in and its tokens, without the page around them.
import { arrive, signIn, signOut, tokensOf } from "../src/people";

const person = await arrive();
const get = async (options?: { renew: boolean }) =>
  person && { ...(await tokensOf(person).get(options)), name: person.name };
Object.assign(window, { sample: { person, get, signIn, signOut: () => signOut(person?.account ?? "") } });
