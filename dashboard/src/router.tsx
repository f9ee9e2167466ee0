import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Home } from './pages/home.tsx';
import { Lost } from './pages/lost.tsx';
import { Root } from './pages/root.tsx';
import { Crashed } from './parts/crashed.tsx';
import { filtersOf } from './search.ts';

const root = createRootRoute({ component: Root, notFoundComponent: Lost, errorComponent: Crashed });

const home = createRoute({ getParentRoute: () => root, path: '/', component: Home });

const sources = createRoute({
  getParentRoute: () => root,
  path: '/sources',
  component: lazyRouteComponent(async () => import('./pages/sources/list.tsx'), 'Sources'),
});

/** Tabs: debugger (without), setup, keys, settings. */
const source = createRoute({
  getParentRoute: () => root,
  path: '/sources/$source/{-$tab}',
  validateSearch: filtersOf,
  component: lazyRouteComponent(async () => import('./pages/sources/source.tsx'), 'SourcePage'),
});

const destinations = createRoute({
  getParentRoute: () => root,
  path: '/destinations',
  component: lazyRouteComponent(async () => import('./pages/destinations/list.tsx'), 'Destinations'),
});

const newDestination = createRoute({
  getParentRoute: () => root,
  path: '/new-destination',
  validateSearch: filtersOf,
  component: lazyRouteComponent(async () => import('./pages/destinations/new.tsx'), 'NewDestination'),
});

/** Tabs: delivery (without), deliveries, dead-letters, replays, settings, test. */
const destination = createRoute({
  getParentRoute: () => root,
  path: '/destinations/$destination/{-$tab}',
  validateSearch: filtersOf,
  component: lazyRouteComponent(async () => import('./pages/destinations/destination.tsx'), 'DestinationPage'),
});

const delivery = createRoute({
  getParentRoute: () => root,
  path: '/deliveries/$delivery',
  component: lazyRouteComponent(async () => import('./pages/destinations/delivery.tsx'), 'DeliveryPage'),
});

const replay = createRoute({
  getParentRoute: () => root,
  path: '/replays/$replay',
  component: lazyRouteComponent(async () => import('./pages/destinations/replay.tsx'), 'ReplayPage'),
});

const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  validateSearch: filtersOf,
  component: lazyRouteComponent(async () => import('./pages/events/list.tsx'), 'Events'),
});

const event = createRoute({
  getParentRoute: () => root,
  path: '/events/$event',
  component: lazyRouteComponent(async () => import('./pages/events/event.tsx'), 'EventPage'),
});

const bins = createRoute({
  getParentRoute: () => root,
  path: '/bins',
  component: lazyRouteComponent(async () => import('./pages/bins/list.tsx'), 'Bins'),
});

const bin = createRoute({
  getParentRoute: () => root,
  path: '/bins/$bin',
  component: lazyRouteComponent(async () => import('./pages/bins/bin.tsx'), 'BinPage'),
});

/** Tabs: alerts (without), tokens, audit, storage, erasures, system. */
const administration = createRoute({
  getParentRoute: () => root,
  path: '/administration/{-$tab}',
  validateSearch: filtersOf,
  component: lazyRouteComponent(async () => import('./pages/administration/administration.tsx'), 'Administration'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    ...[home, sources, source, destinations, newDestination, destination, delivery, replay],
    ...[events, event, bins, bin, administration],
  ]),
  // A proxy may have the dashboard below a path: the page knows where it is.
  basepath: new URL(document.baseURI).pathname,
  defaultPreload: 'intent',
  scrollRestoration: true,
  trailingSlash: 'never',
});

declare module '@tanstack/react-router' {
  interface Register {
    readonly router: typeof router;
  }
}
