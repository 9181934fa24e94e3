// The only module with Microsoft's composites: 2 MB, loaded while the token is got.
import type { AcsCredential } from "@acs-tokens/client";
import { CallComposite, darkTheme, lightTheme, useAzureCommunicationCallAdapter } from "@azure/communication-react";
import { memo, useEffect, useState } from "react";

export type Identity = { userId: { communicationUserId: string }; credential: AcsCredential };
export type Locator = { groupId: string } | { meetingLink: string };
export type CallProps = Partial<Identity> & { displayName: string; locator: Locator };

export default memo(function Call(props: CallProps) {
  const [isMounted, setMounted] = useState(false);
  useEffect(() => setMounted(true), []); // in StrictMode a component mounts twice, and would begin two calls
  const adapter = useAzureCommunicationCallAdapter(isMounted ? props : {});
  const fluentTheme = matchMedia("(prefers-color-scheme: dark)").matches ? darkTheme : lightTheme;
  const formFactor = innerWidth < 480 ? "mobile" : "desktop";
  return adapter && <CallComposite {...{ adapter, fluentTheme, formFactor }} />;
});
