// A page with the client and Microsoft's credential class.
import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import * as acs from "../../dist/index.js";

window.acs = acs;
window.AzureCommunicationTokenCredential = AzureCommunicationTokenCredential;
