// What the authentication hero sample does with its server.
// https://github.com/Azure-Samples/communication-services-authentication-hero-nodejs: MinimalClient/src

// acsAuthApiCaller.js
const SERVER_ADDRESS = 'http://localhost:5000/';

async function GetAcsToken(accessToken) {
  const headers = new Headers({ Authorization: `Bearer ${accessToken}` });

  const options = {
    method: 'GET',
    headers: headers
  };

  return fetch(`${SERVER_ADDRESS}api/token`, options)
    .then((response) => response.json());
}

async function GetAcsTokenForTeamsUser(accessToken, teamsToken) {
  const headers = new Headers({ Authorization: `Bearer ${accessToken}` });
  headers.append('teams-user-aad-token', teamsToken);

  const options = {
    method: 'GET',
    headers: headers
  };

  return fetch(`${SERVER_ADDRESS}api/token/teams`, options)
    .then((response) => response.json());
}

async function CreateOrGetACSUser(accessToken) {
  const headers = new Headers({ Authorization: `Bearer ${accessToken}` });

  const options = {
    method: 'POST',
    headers: headers
  };

  return fetch(`${SERVER_ADDRESS}api/user`, options)
    .then((response) => response.json());
}

// App.jsx
let acsToken, acsID;
const setAcsToken = (token) => (acsToken = token);
const setId = (id) => (acsID = id);

async function RequestCallData(accessToken) {
  await CreateOrGetACSUser(accessToken);
  const message = await GetAcsToken(accessToken);
  setAcsToken(message.token);
  setId(message.user.id);
}
