/**
 * `<amp-analytics type="segment">`: what `extensions/amp-analytics/0.1/vendors/segment.json` of ampproject/amphtml
 * (a064e81) asks for, as a picture. AMP itself replaces the variables, each by `encodeURIComponent`.
 */
import { type Kind, type Library, type LibraryRequest, type Sending, UNSEEN } from './library.ts';
import { loading } from './query.ts';

function request(kind: Kind, [key, value]: readonly [string, string], sending: Sending): LibraryRequest {
  const page = {
    path: '/ü',
    url: 'https://shop.example/ü?a=1',
    referrer: 'https://www.example.com/',
    title: 'Zoë & Söhne',
  };
  const anonymousId = `amp-${sending.user(kind)}`;
  const variables = {
    writeKey: sending.writeKey,
    'context.library.name': 'amp',
    anonymousId,
    'context.locale': 'en-gb',
    'context.page.path': page.path,
    'context.page.url': page.url,
    'context.page.referrer': page.referrer,
    'context.page.title': page.title,
    'context.screen.width': '411',
    'context.screen.height': '816',
    [key]: value,
  };
  const text = Object.entries(variables)
    .map(([name, each]) => `${name}=${encodeURIComponent(each)}`)
    .join('&');
  const context = { locale: 'en-gb', page, screen: { width: '411', height: '816' } };
  const event = { type: kind, anonymousId, context, [key]: value };
  return loading({ kind, path: `/v1/pixel/${kind}`, text, event }, sending);
}

export const AMP: readonly Library[] = [
  {
    id: 'amp',
    name: 'AMP',
    sdkNumber: '24',
    version: '0.1',
    evidence: 'source',
    needsTls: false,
    requests: (sending) => [
      request('page', ['name', 'Docs'], sending),
      request('track', ['event', 'Order Completed'], sending),
    ],
    outcome: () => UNSEEN,
  },
];
