import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type MantineThemeOverride,
} from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e9f7f8',
  '#d1ecee',
  '#a3d8dc',
  '#72c3c9',
  '#4ab2ba',
  '#2b9aa3',
  '#178089',
  '#0b6e75',
  '#075a60',
  '#04474c',
];

const plum: MantineColorsTuple = [
  '#fbeef8',
  '#f2d9ec',
  '#e4b0d8',
  '#d685c3',
  '#ca61b1',
  '#b0459a',
  '#983883',
  '#822d70',
  '#6b245c',
  '#541b48',
];

// Slightly blue greys: Mantine's own dark scale is neutral and reads as brown next to petrol.
const dark: MantineColorsTuple = [
  '#d4d9de',
  '#b9c0c8',
  '#8b949e',
  '#6b747e',
  '#414a54',
  '#333b44',
  '#262d35',
  '#1b2128',
  '#14191f',
  '#0e1216',
];

// Mantine's own red 7 on white is 3.8:1.
const red: MantineColorsTuple = [
  '#fff5f5',
  '#ffe3e3',
  '#ffc9c9',
  '#ffa8a8',
  '#ff8787',
  '#ff6b6b',
  '#fa5252',
  '#d62f2f',
  '#c22a2a',
  '#a32323',
];

/** `closeLabel` is what screen readers hear on the cross of dialogs. */
function base(closeLabel: string): MantineThemeOverride {
  const closeButtonProps = { 'aria-label': closeLabel };
  return {
    colors: { petrol, plum, dark, red },
    primaryShade: { light: 7, dark: 7 },
    defaultRadius: 'md',
    fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
    headings: {
      fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
      fontWeight: '650',
      sizes: {
        h1: { fontSize: '1.65rem', lineHeight: '1.2' },
        h2: { fontSize: '1.2rem' },
        h3: { fontSize: '1.02rem' },
      },
    },
    cursorType: 'pointer',
    respectReducedMotion: true,
    // Plain objects rather than Modal.extend(): naming a component here would load it on the first visit.
    components: {
      Anchor: { defaultProps: { underline: 'always' } },
      Button: { defaultProps: { fw: 550 } },
      Modal: { defaultProps: { closeButtonProps, centered: true } },
      // Below a title Mantine's own grey is 3.3:1.
      Notification: {
        defaultProps: { closeButtonProps },
        styles: { description: { color: 'var(--mantine-color-text)' } },
      },
      Drawer: {
        defaultProps: { closeButtonProps, position: 'right', padding: 'lg' },
      },
      Fieldset: { styles: { legend: { fontWeight: 600 } } },
      // Hints below the input: inputs side by side stay in line whatever the length of their hints.
      InputWrapper: {
        defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'] },
      },
      Table: { defaultProps: { verticalSpacing: 'sm', highlightOnHover: true } },
    },
  };
}

/** The theme of the employers' side, or of the operators' console with its own accent. */
export function makeTheme(side: 'employer' | 'operator', closeLabel: string) {
  return createTheme({ ...base(closeLabel), primaryColor: side === 'operator' ? 'plum' : 'petrol' });
}

/** Corrections that bring Mantine's defaults over the WCAG AA contrast of 4.5:1. */
export const cssVariables: CSSVariablesResolver = (t) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': t.colors.gray[7],
    '--mantine-color-placeholder': t.colors.gray[7],
    '--mantine-color-anchor': t.colors[t.primaryColor]?.[8] ?? t.black,
    '--mantine-color-error': t.colors.red[8],
    '--mantine-color-body': '#ffffff',
  },
  dark: {
    '--mantine-color-dimmed': t.colors.dark?.[1] ?? t.white,
    '--mantine-color-placeholder': t.colors.dark?.[1] ?? t.white,
    '--mantine-color-anchor': t.colors[t.primaryColor]?.[3] ?? t.white,
    '--mantine-color-error': t.colors.red[4],
  },
});
