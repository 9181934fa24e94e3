// The sample's sign-in and its tokens, without the page around them.
import { arrive, signIn, tokensOf } from "../src/people";

const person = await arrive();
const get = async () => person && { ...(await tokensOf(person).get()), name: person.name };
Object.assign(window, { sample: { person, get, signIn } });
