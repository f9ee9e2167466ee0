import { Page } from '../../parts/page.tsx';

export function Destinations() {
  return <Page title="Destinations">.</Page>;
}
