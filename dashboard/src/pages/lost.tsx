import { ButtonTo } from '../parts/links.tsx';
import { Empty } from '../parts/page.tsx';

/** Nothing is at this path. */
export function Lost() {
  return (
    <Empty icon="search" title="There is no such page" action={<ButtonTo to="/">Go to the first page</ButtonTo>}>
      The link may be of another version, or cut short.
    </Empty>
  );
}
