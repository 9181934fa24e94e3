// What the chat hero sample does with its server.
// https://github.com/Azure-Samples/communication-services-web-chat-hero: Chat/src/app/utils

// getToken.ts
const getToken = async () => {
  const getTokenRequestOptions = { method: 'POST' };
  const getTokenResponse = await fetch('/token?scope=chat', getTokenRequestOptions);
  const responseJson = await getTokenResponse.json();
  return {
    expiresOn: responseJson.expiresOn,
    identity: responseJson.user.communicationUserId,
    token: responseJson.token,
  };
};

// refreshToken.ts
const postRefreshTokenParameters = { method: 'POST' };

const refreshTokenAsync = (userIdentity) => {
  return async () => {
    const response = await fetch(`/refreshToken/${userIdentity}`, postRefreshTokenParameters);
    if (!response.ok) {
      throw new Error("not refreshed");
    }
    return (await response.json()).token;
  };
};
