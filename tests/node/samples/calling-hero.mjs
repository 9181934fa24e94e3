// What the calling hero sample does with its server.
// https://github.com/Azure-Samples/communication-services-web-calling-hero: Calling/src/app/utils
import { AzureCommunicationTokenCredential } from "@azure/communication-common";

// AppUtils.ts
const fetchTokenResponse = async () => {
  const response = await fetch('/token?scope=voip');
  if (response.ok) {
    const responseAsJson = await response.json();
    const token = responseAsJson.token;
    if (token) {
      return responseAsJson;
    }
  }
  throw new Error("no token");
};

// credential.ts
const postRefreshTokenParameters = { method: 'POST' };

const createAutoRefreshingCredential = (userId, token) =>
  new AzureCommunicationTokenCredential({
    token,
    tokenRefresher: refreshTokenAsync(userId),
    refreshProactively: true,
  });

const refreshTokenAsync = (userIdentity) => {
  return async () => {
    const response = await fetch(`/refreshToken/${userIdentity}`, postRefreshTokenParameters);
    if (!response.ok) {
      throw new Error("not refreshed");
    }
    return (await response.json()).token;
  };
};
