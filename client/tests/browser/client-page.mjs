// A page with nothing but the client.
import * as acs from "../../dist/index.js";

window.acs = acs;
