// Canonical's JavaScript client against a meterstatus controller: logs in, reads the full status, sets a meter
// status with its own class, watches, and prints what it saw as one JSON document.
//
// node client.mjs <host:port> <model uuid> <user> <password>, with NODE_EXTRA_CA_CERTS naming the authority.

import { connect, connectAndLogin, generateModelURL } from "@canonical/jujulib";
import AllWatcher from "@canonical/jujulib/dist/api/facades/all-watcher/index.js";
import Client from "@canonical/jujulib/dist/api/facades/client/index.js";
import MetricsDebug from "@canonical/jujulib/dist/api/facades/metrics-debug/index.js";
import ModelManager from "@canonical/jujulib/dist/api/facades/model-manager/index.js";

const [address, model, username, password] = process.argv.slice(2);
const facades = [AllWatcher, Client, MetricsDebug];
const options = { facades, wsclass: WebSocket };
const credentials = { username, password };

/** The text of what a promise is rejected with; "" where it is not. */
const refusal = (promise) => promise.then(() => "", (error) => error.message);

const seen = {};

const refused = await connect(generateModelURL(address, model), options);
seen.wrongPassword = await refusal(refused.login({ username, password: "wrong" }));
refused.logout();

const controller = await connectAndLogin(`wss://${address}/api`, { ...options, facades: [ModelManager] }, credentials);
seen.modelManager = controller.conn.facades.modelManager.VERSION;
const models = await controller.conn.facades.modelManager.listModels({ tag: `user-${username}` });
seen.models = models["user-models"].map(({ model }) => model.name);
controller.logout();

const { conn, logout } = await connectAndLogin(generateModelURL(address, model), options, credentials);
seen.identity = conn.info.user?.identity;
seen.serverVersion = conn.info.serverVersion;
seen.client = conn.facades.client.VERSION;

const { "watcher-id": id } = await conn.facades.client.watchAll();
const whole = await conn.facades.allWatcher.next({ id });
seen.whole = whole.deltas.map(([kind, change, { name }]) => [kind, change, name]);
const next = conn.facades.allWatcher.next({ id });

const statues = (code) => ({ statues: [{ tag: "unit-shop-0", code, info: "set by jujulib" }] });
seen.set = await conn.facades.metricsDebug.setMeterStatus(statues("RED"));
seen.refused = await conn.facades.metricsDebug.setMeterStatus(statues("PURPLE"));

const [[kind, change, unit]] = (await next).deltas;
seen.delta = [kind, change, unit.name, unit["meter-status"]];
const pending = refusal(conn.facades.allWatcher.next({ id }));
await conn.facades.allWatcher.stop({ id });
seen.stopped = await pending;

const status = await conn.facades.client.fullStatus({ patterns: [] });
seen.meterStatuses = status.applications.shop["meter-statuses"];
seen.metrics = await conn.facades.metricsDebug.getMetrics({ entities: [] });
logout();

console.log(JSON.stringify(seen));
