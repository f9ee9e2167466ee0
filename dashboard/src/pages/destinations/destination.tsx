import { Page } from '../../parts/page.tsx';

export function DestinationPage() {
  return <Page title="DestinationPage">.</Page>;
}
