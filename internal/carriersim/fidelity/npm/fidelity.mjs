// Drives the carrier simulator with Twilio's official Node client and lets its
// validator judge every webhook, plain and behind a public https address with
// a port. Exits 1 on the first disagreement.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import twilio from "twilio";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const sid = "AC00000000000000000000000000000001";
const token = "0123456789abcdef0123456789abcdef";
const ours = "+12025550000";
const dir = mkdtempSync(join(tmpdir(), "carriersim-"));
const cleanup = [() => rmSync(dir, { recursive: true, force: true })];

const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

// The application: judges every webhook and answers with a question.
const hooks = [];
const serve = (publicBase) => (req, res) => {
  let body = "";
  req.on("data", (chunk) => (body += chunk));
  req.on("end", () => {
    const params = Object.fromEntries(new URLSearchParams(body));
    const url = publicBase() + req.url;
    const valid = twilio.validateRequest(token, req.headers["x-twilio-signature"] ?? "", url, params);
    hooks.push({ path: req.url.split("?")[0], params, valid, url });
    const say = {
      "/base/voice": '<Gather numDigits="1" action="gather"><Say>This is an automated call. Press 1.</Say></Gather>',
      "/base/gather": "<Say>Thank you &amp; goodbye.</Say>",
      "/base/sms": "<Message>Thank you.</Message>",
    }[req.url.split("?")[0]];
    res.writeHead(valid ? (say ? 200 : 204) : 403, { "Content-Type": "text/xml" });
    res.end(say && valid ? `<Response>${say}</Response>` : "");
  });
};

// A client of the simulator that differs from a real one in its host only.
const clientOf = (base, options = {}) => {
  const inner = new twilio.RequestClient(options);
  return twilio(sid, token, { httpClient: { request: (o) => inner.request({ ...o, uri: o.uri.replace("https://api.twilio.com", base) }) } });
};

const until = async (what, holds) => {
  for (let i = 0; i < 400; i++) {
    const value = await holds();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`still waiting: ${what}`);
};

const control = async (base, path, method = "GET", body) => {
  const r = await fetch(base + path, { method, body: body && JSON.stringify(body) });
  assert.ok(r.ok, `${method} ${path}: HTTP ${r.status}`);
  return r.json();
};

async function simulator(args) {
  const child = spawn(join(dir, "carriersim"), ["--listen", "127.0.0.1:0", "--cps", "20", "--clock", "60", "--seed", "1", ...args]);
  cleanup.push(() => child.kill());
  child.stderr.pipe(process.stderr);
  return new Promise((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line).match(/http:\/\/[0-9.:]+/)[0]));
    child.once("exit", (code) => reject(new Error(`the simulator ended with ${code}`)));
  });
}

async function drive(base, client, publicBase) {
  const params = { to: "+12025550150", from: ours, url: `${publicBase}/base/voice?attempt=1#rc=2&rp=ct,5xx`, statusCallback: `${publicBase}/base/status?attempt=1#rc=3&rp=all`,
    statusCallbackEvent: ["initiated", "ringing", "answered", "completed"] };
  const call = await client.calls.create(params);
  assert.equal(call.status, "queued");
  assert.equal(call.direction, "outbound-api");
  assert.match(call.sid, /^CA[0-9a-f]{32}$/);
  const done = await until("the call to end", async () => {
    const c = await client.calls(call.sid).fetch();
    return c.status === "completed" && c;
  });
  assert.ok(done.startTime instanceof Date && done.endTime instanceof Date && Number(done.duration) > 0);
  for (const nn of ["51", "53", "54", "56"]) await client.calls.create({ ...params, to: `+120255501${nn}` });
  const list = await client.calls.list({ pageSize: 2, from: ours });
  assert.equal(list.length, 5);
  assert.equal(list[4].sid, call.sid, "newest first");
  const busy = await client.calls.create({ ...params, to: "+12025550111" });
  await until("the phone to ring", async () => (await client.calls(busy.sid).fetch()).status === "ringing");
  assert.equal((await client.calls(busy.sid).update({ status: "canceled" })).status, "canceled");
  await assert.rejects(client.calls(busy.sid).update({ status: "canceled" }), (e) => e.code === 21220 && e.status === 400);
  await assert.rejects(client.calls.create({ ...params, to: "+12025550190" }), (e) => e.code === 21211 && e.status === 400 && e.moreInfo.endsWith("21211"));
  await assert.rejects(client.calls("CA00000000000000000000000000000000").fetch(), (e) => e.code === 20404 && e.status === 404);
  const message = await client.messages.create({ to: "+12025550145", from: ours, body: "Reply YES; or don't <>&", statusCallback: `${publicBase}/base/status` });
  assert.equal(message.status, "queued");
  await until("the text to be delivered", async () => (await client.messages(message.sid).fetch()).status === "delivered");
  await until("the reply", async () => hooks.find((h) => h.path === "/base/sms" && h.params.Body === "Sí 👍"));
  const inbound = await client.messages.list({ to: ours });
  assert.ok(inbound.some((m) => m.direction === "inbound" && m.body === "Sí 👍"));
  await until("all calls to end", async () => (await control(base, "/_sim/stats")).live === 0);
}

function judge(name) {
  const bad = hooks.filter((h) => !h.valid);
  assert.deepEqual(bad, [], `${name}: webhooks that the official validator refuses`);
  const paths = new Set(hooks.map((h) => h.path));
  for (const path of ["/base/voice", "/base/gather", "/base/status", "/base/sms"]) assert.ok(paths.has(path), `${name}: no webhook to ${path}`);
  console.log(`${name}: ${hooks.length} webhooks, all valid`);
  hooks.length = 0;
}

async function plain() {
  const app = http.createServer(serve(() => `http://127.0.0.1:${port}`));
  const port = await listen(app);
  cleanup.push(() => app.close());
  const base = await simulator(["--number", `${ours},sms=http://127.0.0.1:${port}/base/sms`]);
  const client = clientOf(base);
  await drive(base, client, `http://127.0.0.1:${port}`);
  judge("http");
  // The client's own retry of 429 works against a 429 of ours.
  await control(base, "/_sim/faults", "POST", { point: "api.before", action: { status: 429 } });
  const retrying = clientOf(base, { autoRetry: true, maxRetries: 2 });
  assert.equal((await retrying.calls.create({ to: "+12025550157", from: ours, url: `http://127.0.0.1:${port}/base/voice` })).status, "queued");
  const violations = await control(base, "/_sim/violations");
  assert.deepEqual(violations.map((v) => v.kind).filter((k) => k !== "pace"), []);
}

// A public https address with a port, mapped to this machine: Twilio leaves
// the port out of what it signs for voice instructions and keeps it elsewhere.
async function behindTLS() {
  const goroot = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
  execFileSync("go", ["run", join(goroot, "src/crypto/tls/generate_cert.go"), "--host", "phones.example"], { cwd: dir, stdio: "ignore" });
  const publicBase = "https://phones.example:8443";
  const app = https.createServer({ key: readFileSync(join(dir, "key.pem")), cert: readFileSync(join(dir, "cert.pem")) }, serve(() => publicBase));
  const port = await listen(app);
  cleanup.push(() => app.close());
  for (const policy of ["voice-twiml", "never", "always"]) {
    const base = await simulator(["--number", `${ours},sms=${publicBase}/base/sms`, "--resolve", `phones.example:8443=127.0.0.1:${port}`, "--insecure-tls"]);
    await control(base, "/_sim/config", "PUT", { switches: { port_policy: policy } });
    await drive(base, clientOf(base), publicBase);
    judge(`https with a port, ${policy}`);
  }
}

let failed = false;
try {
  execFileSync("go", ["build", "-o", join(dir, "carriersim"), "./cmd/carriersim"], { cwd: root, stdio: "inherit" });
  await plain();
  await behindTLS();
  console.log("the official Node client and the simulator agree");
} catch (e) {
  failed = true;
  console.error(e);
} finally {
  for (const f of cleanup.reverse()) f();
}
process.exit(failed ? 1 : 0);
