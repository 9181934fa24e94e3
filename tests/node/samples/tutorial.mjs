// What the page of Microsoft's tutorial does with the token service when it loads.
// https://github.com/microsoft/MicrosoftCloud/blob/main/samples/acs-to-teams-meeting/client/react/src/App.tsx
import {
  AzureCommunicationTokenCredential,
  createIdentifierFromRawId,
} from "@azure/communication-common";

export async function init() {
  let res = await fetch(process.env.REACT_APP_ACS_USER_FUNCTION);
  const user = await res.json();
  res = await fetch(process.env.REACT_APP_TEAMS_MEETING_FUNCTION);
  const meetingLink = await res.text();
  return {
    userId: createIdentifierFromRawId(user.userId),
    credential: new AzureCommunicationTokenCredential(user.token),
    locator: { meetingLink },
  };
}
