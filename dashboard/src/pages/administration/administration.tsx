import { Tabs } from '@mantine/core';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Page } from '../../parts/page.tsx';
import { Alerts } from './alerts.tsx';
import { Audit } from './audit.tsx';
import { Erasures } from './erasures.tsx';
import { Storage } from './storage.tsx';
import { SystemHealth } from './system.tsx';
import { Tokens } from './tokens.tsx';

const TABS = [
  ['alerts', 'Alerts', Alerts],
  ['tokens', 'API tokens', Tokens],
  ['audit', 'Audit trail', Audit],
  ['storage', 'Storage', Storage],
  ['erasures', 'Erasures', Erasures],
  ['system', 'System', SystemHealth],
] as const;

/** What concerns all of Sluice. */
export function Administration() {
  const { tab = 'alerts' } = useParams({ from: '/administration/{-$tab}' });
  const navigate = useNavigate();
  return (
    <Page title="Administration">
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) => {
          const next = value === null || value === 'alerts' ? undefined : value;
          void navigate({ to: '/administration/{-$tab}', params: { tab: next } });
        }}
      >
        <Tabs.List mb="md" aria-label="Parts of the administration">
          {TABS.map(([value, label]) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map(([value, , Panel]) => (
          <Tabs.Panel key={value} value={value}>
            <Panel />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
