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
const api = `${location.origin}/api`;
const shown = {}; // the last result of each tab
let settings, tab, invitation, exampleOf, busy, timer;

// Undefined if none is chosen.
function scopes() {
	const chosen = all("#scopes :checked").map((box) => box.value);
	return chosen[0] && chosen;
}
const wish = () => ({
	backend: { userId: $("id").value.trim() },
	guest: { guestHandle: $("visitor").value, invitation: $("invitation").value.trim() },
	me: { user: $("user").value, teams: $("teams").checked },
})[tab];

const inPath = (id) => encodeURIComponent(id).replace(/'/g, "%27").replace(/%3A/g, ":");

function plan(what, { userId, guestHandle, invitation, teams }) {
	const id = userId && `/${inPath(userId)}`;
	const path = { backend: `users${id}`, guest: "guest", me: teams ? "me/teams" : "me" }[tab];
	const isBare = path == "users" && !scopes();
	const end = { issue: isBare ? "" : "/token", renew: tab == "me" ? "/token" : "/token/refresh", revoke: "/revoke", delete: "" }[what];
	const body = end.startsWith("/t") && !teams
		? { scopes: scopes(), expiresInMinutes: +$("minutes").value, invitation: (!guestHandle && invitation) || undefined }
		: undefined;
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

const backend = (method, path, body) =>
	send(`${api}/${path}`, { method, headers: { "Content-Type": "application/json", ...key() }, body: JSON.stringify(body) });

// Runs an action, and shows what became of it.
async function attempt(action) {
	if (busy) return;
	busy = true;
	say("error", "");
	try {
		toast(await action());
	} catch ({ title, message, detail, claims, type, requestId }) {
		const lines = [title ?? `${message}: is make start running?`, detail, claims && `claims: ${claims}`, type, requestId];
		$("error").append(...lines.filter(Boolean).map((line) => make("p", line)));
		$("error").scrollIntoView({ block: "nearest" });
	}
	busy = false;
	show();
}

async function run(what) {
	const at = tab, last = what == "issue" ? wish() : shown[at], request = plan(what, last);
	if (at == "me") request.headers.Authorization = `Bearer ${(await ask("sign-in", { user: last.user })).accessToken}`;
	if (at == "backend") Object.assign(request.headers, key());
	const { userId, guestHandle } = (shown[at] = { ...last, ...(await send(request.url, request)) });
	offer("ids", userId, userId, what != "delete");
	if (guestHandle) offer("visitor", userId, guestHandle, what != "delete");
	return what.replace(/e?$/, "ed");
}

function offer(list, text, value, isThere) {
	const known = [...$(list).children].find((each) => each.value == value);
	if (!isThere) known?.remove();
	else if (!known) $(list).append(new Option(text, value));
}

async function ban(method, done) {
	await backend(method, `users/${inPath($("id").value.trim() || "-")}/ban`);
	return done;
}

async function invite() {
	invitation = await backend("POST", "invitations", {
		scopes: scopes(), guests: +$("guests").value || null, expiresInMinutes: +$("open").value,
	});
	$("link").href = invitation.url ?? `/#invitation=${invitation.invitation}`;
	say("link", $("link").href);
	$("invited").hidden = false;
	return "invited";
}

async function withdraw() {
	await backend("DELETE", `invitations/${invitation.id}${$("remove").checked ? "?guests=remove" : ""}`);
	$("invited").hidden = true;
	return "withdrawn";
}

async function show() {
	tab = all("[name=tab]:checked")[0].id;
	const last = shown[tab];
	for (const each of all("[data-for]")) each.hidden = each.dataset.for != tab;
	say("about", settings.about[tab]);
	$("revoke").hidden = $("delete").hidden = last?.teams;
	$("empty").hidden = last;
	$("shown").hidden = !last;
	tick();
	if (last) display(last);
	await example();
	log();
}

function display(last) {
	for (const name of ["userId", "token", "guestHandle"]) {
		say(name, last[name]);
		$(name).parentElement.hidden = !last[name];
	}
	inspect(last);
}

function tick() {
	const last = shown[tab];
	$("left").hidden = $("bar").hidden = !last?.token;
	if (!last?.token) return;
	const left = Math.max(0, Math.floor((new Date(last.expiresOn) - Date.now()) / 1000));
	say("left", new Date(left * 1000).toISOString().slice(11, 19), left < 600 ? "bad" : "");
	if (!left && $("bar").value) inspect(last);
	$("bar").value = left;
}

async function inspect(last) {
	const { verdict, is, lifetime, claims } = await ask("token", { token: last.token ?? "" });
	if (last != shown[tab]) return;
	say("verdict", verdict, is);
	$("bar").max = lifetime;
	$("claims").replaceChildren(
		...claims.map(([name, value, meaning]) => make("div", make("dt", name), make("dd", value), make("small", meaning))),
	);
}

async function example() {
	say("life", `${$("minutes").value} min`);
	$("scopes").hidden = $("lifeField").hidden = wish().teams;
	const request = (exampleOf = plan("issue", wish()));
	const examples = await ask("examples", request), way = all("[name=way]:checked")[0].value;
	if (request == exampleOf) say("code", examples[way], way);
}

async function log() {
	const latest = await ask("requests");
	$("log").replaceChildren(...latest.map((columns) => make("li", ...columns.map((each) => make("span", each)))));
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

// An invitation's link, or #me, the way back from a provider
function openLink() {
	const [name, value] = location.hash.slice(1).split("=");
	history.replaceState(null, "", "/");
	if (name == "invitation") [$("visitor").value, $("invitation").value] = ["", value];
	$({ invitation: "guest", me: "me" }[name] ?? "backend").click();
}

settings = await ask("settings");
$("scopes").append(...settings.scopes.map(([value, meaning]) => {
	const box = Object.assign(make("input"), { type: "checkbox", value, checked: value == "voip" });
	return make("label", box, value, make("small", meaning));
}));
$("user").append(...settings.users.map((user) => new Option(user)));
$("providers").append(...settings.providers.map(({ text, href }) => Object.assign(make("a", text), { href, target: "_blank" })));
$("keyField").dataset.for = settings.needsKey ? "backend" : "";
const actions = { ban: () => ban("POST", "banned"), unban: () => ban("DELETE", "ban lifted"), make: invite, withdraw };
document.onsubmit = async (event) => {
	event.preventDefault();
	const { id, dataset: { copy } } = event.submitter;
	if (!copy) return attempt(actions[id] ?? (() => run(id)));
	await navigator.clipboard.writeText($(copy).textContent);
	toast("copied");
};
for (const each of all("[name=tab]")) each.onclick = show;
document.oninput = example;
$("key").onchange = health;
setInterval(tick, 1000);
onhashchange = openLink;
openLink();
if (!settings.needsKey) health();
