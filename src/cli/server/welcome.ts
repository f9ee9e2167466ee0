/** What `sluice dev` says once it listens: how to send the first event, and where to see it arrive. */
export function welcome(url: string): string {
  const here = reachable(url);
  return `
  dashboard   ${here}/dashboard
  write key   dev
  send        curl -u dev: ${here}/v1/track -H 'Content-Type: application/json' -d '{"userId":"u1","event":"Hello"}'
  received    curl ${here}/api/v1/bins/dev/requests

Events as they arrive (←) and attempts as they go out (→):
`;
}

/** Listening on all addresses is not an address to send to. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
