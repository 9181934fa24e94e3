// A page with nothing but the client.
import * as acs from "../../dist/index.js";
import { withInvitation } from "../../dist/invitation.js";

window.acs = { ...acs, withInvitation };
