import { Page } from '../../parts/page.tsx';

export function NewDestination() {
  return <Page title="NewDestination">.</Page>;
}
