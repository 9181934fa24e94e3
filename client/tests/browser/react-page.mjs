// Two components in StrictMode that use one source; what they were given is noted.
import { createElement, StrictMode, useEffect, version } from "react";
import render from "root";
import { guestTokens } from "../../dist/index.js";
import { withInvitation } from "../../dist/invitation.js";
import { useAcsToken } from "../../dist/react.js";

window.seen = { version, mounted: 0, statuses: [], credentials: new Set(), userIds: new Set() };

window.show = (api) => {
  function Call({ name }) {
    const { status, userId, credential, error, retry } = useAcsToken(guestTokens(withInvitation({ api, scopes: ["voip"] })));
    useEffect(() => void (window.seen.mounted += 1), []);
    window.seen.statuses.push(status);
    window.retry = retry;
    window.problem = error && { code: error.code, cure: error.cure };
    if (credential) {
      window.seen.credentials.add(credential);
      window.seen.userIds.add(userId);
    }
    return createElement("p", { id: name }, status === "ready" ? userId.communicationUserId : status);
  }
  const calls = ["one", "two"].map((name) => createElement(Call, { key: name, name }));
  render(createElement(StrictMode, null, calls), document.getElementById("root"));
};
