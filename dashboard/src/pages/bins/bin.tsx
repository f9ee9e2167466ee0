import { Page } from '../../parts/page.tsx';

export function BinPage() {
  return <Page title="BinPage">.</Page>;
}
