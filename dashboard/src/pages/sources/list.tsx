import { Page } from '../../parts/page.tsx';

export function Sources() {
  return <Page title="Sources">.</Page>;
}
