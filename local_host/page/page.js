// All data enters the document as text.
const $ = (id) => document.getElementById(id);
const all = (css) => [...document.querySelectorAll(css)];
const say = (id, text, is = "") => {
	$(id).textContent = text;
	$(id).dataset.is = is;
};
const make = (tag, ...inside) => {
	const made = document.createElement(tag);
	made.append(...inside);
	return made;
};
const meanings = {
	alg: "how it is signed", kid: "the key that signed it", x5t: "its certificate", typ: "its format",
	skypeid: "user id without 8:", acsScope: "what it allows", exp: "its end", iat: "its issue",
	csi: "issue as text", scp: "kind of user", rgn: "region",
	resourceId: "ACS resource", resourceLocation: "where its data is",
	tid: "Entra tenant", aad_iat: "Entra's issue", aad_uti: "its id", aad_appid: "its application",
};
const api = `${location.origin}/api`;
const shown = {}; // the last result of each tab
let settings, tab, busy, timer;

const scopes = () => all("#scopes :checked").map((box) => box.value);
const wish = () => ({
	backend: { userId: $("id").value.trim() },
	guest: { guestHandle: $("visitor").value },
	me: { user: $("user").value, teams: $("teams").checked },
})[tab];

function plan(what, { userId, guestHandle, teams }) {
	const id = userId && `/${encodeURIComponent(userId).replace(/'/g, "%27").replace(/%3A/g, ":")}`;
	const path = { backend: `users${id}`, guest: "guest", me: teams ? "me/teams" : "me" }[tab];
	const isBare = path == "users" && !scopes()[0];
	const end = { issue: isBare ? "" : "/token", renew: tab == "me" ? "/token" : "/token/refresh", revoke: "/revoke", delete: "" }[what];
	const body = end.startsWith("/t") && !teams ? { scopes: scopes()[0] && scopes(), expiresInMinutes: +$("minutes").value } : undefined;
	const credential = {
		backend: settings.needsKey && { "x-functions-key": "…" },
		guest: guestHandle && { "X-Guest-Handle": guestHandle },
		me: { Authorization: "Bearer …" },
	}[tab];
	const headers = { ...(body && { "Content-Type": "application/json" }), ...credential };
	return { method: what == "delete" ? "DELETE" : "POST", url: `${api}/${path}${end}`, headers, body: JSON.stringify(body) };
}

async function send(url, options) {
	const response = await fetch(url, options);
	const text = await response.text();
	if (response.ok) return text && JSON.parse(text);
	throw text[0] == "{" ? JSON.parse(text) : { title: text || `Status ${response.status}: is the function key right?` };
}
const ask = (helper, fields) => send(`/local/${helper}`, { method: "POST", body: JSON.stringify(fields) });
const key = () => settings.needsKey && { "x-functions-key": $("key").value };

async function run(what) {
	if (busy) return;
	busy = true;
	const at = tab;
	say("error", "");
	try {
		const last = what == "issue" ? wish() : shown[tab], request = plan(what, last);
		if (at == "me") request.headers.Authorization = `Bearer ${(await ask("sign-in", { user: last.user })).accessToken}`;
		if (at == "backend") Object.assign(request.headers, key());
		const next = (shown[at] = { ...last, ...(await send(request.url, request)) }), value = next.guestHandle ?? next.userId;
		const known = all("option").find((each) => each.value == value);
		if (what == "delete") known?.remove();
		else if (!known && at != "me") $(at == "guest" ? "visitor" : "ids").append(new Option(next.userId, value));
		toast(what.replace(/e?$/, "ed"));
	} catch ({ title, message, detail, claims, type, requestId }) {
		const lines = [title ?? `${message}: is make start running?`, detail, claims && `claims: ${claims}`, type, requestId];
		$("error").append(...lines.filter(Boolean).map((line) => make("p", line)));
	}
	busy = false;
	show();
}

function show() {
	const last = shown[tab];
	for (const each of all("[data-for]")) each.hidden = each.dataset.for != tab;
	$("revoke").hidden = $("delete").hidden = last?.teams;
	$("empty").hidden = last;
	$("shown").hidden = !last;
	if (last) decode(last);
	example();
	log();
}

function decode(last) {
	for (const name of ["userId", "token", "guestHandle"]) {
		say(name, last[name]);
		$(name).parentElement.hidden = !last[name];
	}
	let claims = {};
	try {
		const parts = last.token.split(".", 2).map((part) => part.replace(/-/g, "+").replace(/_/g, "/"));
		claims = Object.assign(...parts.reverse().map((part) => JSON.parse(atob(part))));
	} catch {} // a token may be opaque
	$("claims").replaceChildren(...Object.entries(claims).map(([name, value]) => {
		if (/^(exp|iat)$/.test(name)) value = `${value} (${new Date(value * 1000).toLocaleString()})`;
		return make("div", make("dt", name), make("dd", value), make("small", meanings[name] ?? ""));
	}));
	$("bar").max = claims.exp - claims.iat || 86400;
	tick();
	verify(last);
}

function tick() {
	const last = shown[tab];
	$("left").hidden = $("bar").hidden = !last?.token;
	if (!last?.token) return;
	const left = Math.max(0, Math.floor((new Date(last.expiresOn) - Date.now()) / 1000));
	say("left", new Date(left * 1000).toISOString().slice(11, 19), left < 600 ? "bad" : "");
	if (!left && $("bar").value) verify(last);
	$("bar").value = left;
}

async function verify(last) {
	let text = last.token ? "not verified: no emulator" : "an identity without a token", is = "";
	if (last.token && settings.emulator) {
		const { genuine, revoked, expired, valid } = await ask("verify", { token: last.token });
		text = !genuine ? "not genuine" : `genuine, ${revoked ? "revoked" : expired ? "expired" : "valid"}`;
		is = valid ? "good" : "bad";
	}
	if (last == shown[tab]) say("verdict", text, is);
}

function example() {
	const { method, url, headers, body } = plan("issue", wish());
	const [source, more] = tab == "me" ? ["signedInTokens", `, account, accessToken, teams: ${wish().teams}`] : ["guestTokens", ""];
	say("code", {
		curl: [`curl -X ${method} '${url}'`, ...Object.entries(headers).map((each) => `-H '${each.join(": ")}'`), ...(body ? [`-d '${body}'`] : [])].join(" \\\n  "),
		fetch: `const response = await fetch("${url}", {\n  method: "${method}",\n  headers: ${JSON.stringify(headers)},\n  body: ${body && `JSON.stringify(${body})`},\n});`,
		client: tab == "backend" ? "// For pages only, which must have no function key."
			: `import { ${source} } from "@acs-tokens/client";\n\nconst api = "${api}", scopes = ${JSON.stringify(scopes())};\nconst tokens = ${source}({ api, scopes${more} });`,
	}[all("#ways :checked")[0].value]);
	say("life", `${$("minutes").value} min`);
	$("scopes").hidden = $("lifeField").hidden = wish().teams;
}

async function log() {
	const seen = settings.emulator ? await ask("requests") : [];
	$("log").replaceChildren(...seen.map(({ method, path, status }) => make("li", status, make("span", method), make("span", path))));
	if (!seen.length) $("log").append("None yet: generate a token.");
}

const health = () => send(`${api}/health/ready`, { headers: key() || {} }).then(
	() => say("ready", "ready", "good"),
	({ title, message, detail = "" }) => say("ready", `${title ?? message} ${detail}`, "bad"),
);

function toast(text) {
	say("status", text);
	clearTimeout(timer);
	timer = setTimeout(say, 3000, "status", "");
}

settings = await ask("settings");
$("user").append(...settings.users.map((user) => new Option(user)));
$("keyField").dataset.for = settings.needsKey ? "backend" : "";
const tabs = all("[role=tab]");
tabs.forEach((each, index) => {
	each.onclick = () => {
		tab = each.id;
		for (const other of tabs) other.tabIndex = (other.ariaSelected = other == each) - 1;
		$("panel").ariaLabel = each.textContent;
		show();
	};
	each.onkeydown = ({ key }) => {
		const next = tabs[(index + { ArrowRight: 1, ArrowLeft: 2 }[key]) % 3];
		next?.focus();
		next?.click();
	};
});
for (const what of ["renew", "revoke", "delete"]) $(what).onclick = () => run(what);
all("[data-copy]").forEach((each) => {
	each.onclick = async () => {
		await navigator.clipboard.writeText($(each.dataset.copy).textContent);
		toast("copied");
	};
});
document.forms[0].onsubmit = (event) => run("issue", event.preventDefault());
document.oninput = example;
$("key").onchange = health;
setInterval(tick, 1000);
$("backend").click();
if (!settings.needsKey) health();
