// The client reads what the service sends: its types are those of openapi.json. This file has no
// code to run; the compiler checks it.
import type { AcsScope } from "../src/options.js";
import type { ProblemCode } from "../src/problems.js";
import type { Fields } from "../src/wire.js";
import type { components, paths } from "./service.js";

type Schemas = components["schemas"];
type Never<T> = [T] extends [never] ? true : false;

/** The JSON bodies of all responses to a page: tokens, the meeting's link, and problems. */
type PagePath = Extract<keyof paths, `/guest/${string}` | `/guest` | `/me/${string}` | `/me`>;
type Responses<Path extends PagePath> = paths[Path][keyof paths[Path]] extends infer Operation
  ? Operation extends { responses: infer All } ? All[keyof All] : never
  : never;
type Content<Response> = Response extends { content: infer All } ? All[keyof All] : never;
type Body = Exclude<{ [Path in PagePath]: Content<Responses<Path>> }[PagePath], string>;
type Problem = Extract<Body, { type: string }>;
type Token = Exclude<Body, { type: string }>;

/** Every field that a body can have, with its type. */
type FieldsOf<T> = T extends unknown ? keyof T : never;
type TypeOf<T, Name> = T extends unknown ? (Name extends keyof T ? NonNullable<T[Name]> : never) : never;
type Sent = { readonly [Name in FieldsOf<Body>]?: TypeOf<Body, Name> };

type Scope = NonNullable<Schemas["TokenRequest"]["scopes"]>[number];
type Slug<T> = T extends `urn:problem-type:acs-tokens:${infer End}` ? End : never;

export const bodiesAreFound: [Never<Problem>, Never<Token>] = [false, false];
export const everyFieldIsSent: Never<Exclude<keyof Fields, keyof Sent>> = true;
export const everyFieldHasItsType = (sent: Sent): Fields => sent;
export const everyProblemIsKnown: Never<Exclude<Slug<Problem["type"]>, ProblemCode>> = true;
export const everyScopeIsTaken: Never<Exclude<AcsScope, Scope>> = true;
export const everyScopeIsOffered: Never<Exclude<Scope, AcsScope>> = true;
