// A page with Microsoft's ChatComposite.
import { guestTokens } from "@acs-tokens/client";
import { type AcsTokenView, useAcsToken } from "@acs-tokens/client/react";
import { ChatComposite, useAzureCommunicationChatAdapter } from "@azure/communication-react";
import { createRoot } from "react-dom/client";

const tokens = guestTokens({ api: import.meta.env.VITE_API, scopes: ["chat"] });
const endpoint = "https://chat.invalid"; // Microsoft's chat client sends its token over https only

function Chat({ userId, credential }: Extract<AcsTokenView, { status: "ready" }>) {
  const thread = { endpoint, threadId: "19:a@thread.v2", displayName: "Guest" };
  const adapter = useAzureCommunicationChatAdapter({ userId, credential, ...thread });
  return adapter ? <ChatComposite adapter={adapter} options={{ topic: true }} /> : <p>Connecting…</p>;
}

function Page() {
  const view = useAcsToken(tokens);
  if (view.status !== "ready") return <p>{view.status}</p>;
  return <><code>{view.userId.communicationUserId}</code><Chat {...view} /></>;
}

createRoot(document.getElementById("root")!).render(<Page />);
