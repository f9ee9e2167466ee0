import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The blue of a deep lock, light enough at 4 and dark enough at 8 for text in either scheme. */
const water: MantineColorsTuple = [
  '#e3fafc',
  '#c5f1f7',
  '#99e1ec',
  '#66ccdd',
  '#3bb8cd',
  '#1fa3ba',
  '#1098ad',
  '#0b7f92',
  '#0b6a7b',
  '#085463',
];

export const theme = createTheme({
  primaryColor: 'water',
  primaryShade: { light: 8, dark: 7 },
  colors: { water },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 200, events: { hover: true, focus: true, touch: true } } },
    Table: { defaultProps: { verticalSpacing: 'xs' } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } } },
  },
});
