import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useMessages } from '../messages/context';

const icons = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop };

/** Light, dark or as the device; kept in this browser. */
export function ThemeMenuItems() {
  const m = useMessages();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const schemes: MantineColorScheme[] = ['light', 'dark', 'auto'];
  return (
    <>
      <Menu.Label>{m.common.theme.label}</Menu.Label>
      {/* A plain item with aria-checked stays a menuitem, which cannot be checked. */}
      <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
        {schemes.map((scheme) => {
          const Icon = icons[scheme];
          return (
            <Menu.RadioItem key={scheme} value={scheme} rightSection={<Icon size={16} aria-hidden />} closeMenuOnClick>
              {m.common.theme[scheme]}
            </Menu.RadioItem>
          );
        })}
      </Menu.RadioGroup>
    </>
  );
}
