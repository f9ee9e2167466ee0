import { Page } from '../../parts/page.tsx';

export function Administration() {
  return <Page title="Administration">.</Page>;
}
