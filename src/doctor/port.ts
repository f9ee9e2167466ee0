import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { getBuiltinModule } from 'node:process';
import type { Config } from '../config/schema.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { codeOf, type Finding, ok, problem, reasonOf, warning } from './finding.ts';
import { listenerOn } from './listening.ts';

const { request: httpRequest } = getBuiltinModule('node:http');

const ASK_MS = 3_000;
const LOOPBACK = /^(?:localhost|127\.[\d.]+|::1)$/;

/** Whether the port is free for Sluice, or Sluice has it; else who. */
export async function examinePort({ http }: Pick<Config, 'http'>, isInUse: boolean): Promise<readonly Finding[]> {
  return [await portFinding(http, isInUse), ...exposureFindings(http)];
}

async function portFinding(http: Config['http'], isInUse: boolean): Promise<Finding> {
  const { host, port } = http;
  const name = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (port === 0) return ok('port', 'any that is free (http.port is 0)');
  const error = await listenProblem(host, port);
  if (error === null) {
    if (!isInUse) return ok('port', `${name} is free`);
    const wayOut = 'compare what it was started with: its log says where it listens';
    return warning('port', `a Sluice has the data folder, and nobody listens on ${name}`, wayOut);
  }
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return takenFinding(http, name);
    case 'EACCES':
      return problem(
        'port',
        `this user may not listen on ${name}`,
        'take a port from 1024 on, or allow it: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit of systemd',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return problem(
        'port',
        `${host} is no address of this machine`,
        'correct http.host; 0.0.0.0 and :: are all addresses',
      );
    default:
      return problem('port', `nobody can listen on ${name}: ${reasonOf(error)}`, 'correct http.host and http.port');
  }
}

/** Listens for a moment. Null where that is possible. */
async function listenProblem(host: string, port: number): Promise<Error | null> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(port, host);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function takenFinding(http: Config['http'], name: string): Promise<Finding> {
  const live = await ask(http, '/livez');
  if (live?.status === 'ok') return readyFinding(http, name);
  const owner = listenerOn(http.port) ?? 'another program';
  return problem(
    'port',
    `${name} is taken by ${owner}, which is not Sluice`,
    'stop that, or take another port: http.port',
  );
}

async function readyFinding(http: Config['http'], name: string): Promise<Finding> {
  const ready = await ask(http, '/readyz');
  const version = typeof ready?.version === 'string' ? ` ${ready.version}` : '';
  if (ready?.status === 'ready') return ok('port', `Sluice${version} answers on ${name}, and is ready`);
  const checks = isJsonObject(ready?.checks) ? Object.entries(ready.checks) : [];
  const wrong = checks.flatMap(([check, said]) =>
    isJsonObject(said) && said.status !== 'ok' ? [`${check} is ${String(said.status)}`] : [],
  );
  const text =
    wrong.length > 0 ? wrong.join(', ') : typeof ready?.status === 'string' ? ready.status : 'it does not answer';
  return problem(
    'port',
    `Sluice${version} answers on ${name}, and is not ready: ${text}`,
    'its log says why; calls are answered 503',
  );
}

/** What it answers as JSON; null for anything else. Whom its certificate is of does not matter here. */
async function ask({ host, port, tls }: Config['http'], path: string) {
  const hostname = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const options = { hostname, port, path, timeout: ASK_MS, agent: false, rejectUnauthorized: false } as const;
  try {
    const request = tls === null ? httpRequest(options) : httpsRequest(options);
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.end();
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += String(piece);
    const said = JSON.parse(text) as unknown;
    return isJsonObject(said) ? said : null;
  } catch {
    return null;
  }
}

/** Write keys and events go over the wire in clear where nobody encrypts. */
function exposureFindings({ host, tls, trustedProxies }: Config['http']): readonly Finding[] {
  if (LOOPBACK.test(host) || tls !== null || trustedProxies.length > 0) return [];
  return [
    warning(
      'encryption',
      `it listens on ${host} in plain HTTP, and no reverse proxy is named that would speak HTTPS`,
      'set http.tls, or http.trustedProxies for the proxy before it',
    ),
  ];
}
