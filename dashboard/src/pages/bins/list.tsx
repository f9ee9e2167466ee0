import { Page } from '../../parts/page.tsx';

export function Bins() {
  return <Page title="Bins">.</Page>;
}
