import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import type { Listed } from '../../api.ts';
import { To } from '../../parts/links.tsx';
import { firstDestinations } from '../../questions.ts';

/** The destinations that have this bin as an endpoint, as links; nothing where there is none. */
export function UsedBy({ bin, before }: { readonly bin: string; readonly before: string }) {
  const { data } = useQuery(firstDestinations);
  const using = (data?.data ?? []).filter(({ endpoints }) => endpoints.some(({ url }) => isOfBin(url, bin)));
  if (using.length === 0) return null;
  return (
    <>
      {before}
      {using.map(({ id, name }, index) => (
        <Fragment key={id}>
          {index > 0 && ', '}
          <To to="/destinations/$destination/{-$tab}" params={{ destination: id }} inherit>
            {name}
          </To>
        </Fragment>
      ))}
    </>
  );
}

type Endpoint = Listed<'listDestinations'>['endpoints'][number];

/** Whatever name this host goes by there: nobody else has a bin of this id. */
function isOfBin(url: Endpoint['url'], bin: string): boolean {
  const path = URL.parse(url)?.pathname ?? '';
  return path.split('/bins/').at(-1)?.split('/', 1)[0] === bin;
}
