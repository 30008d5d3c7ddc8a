import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
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
      {schemes.map((scheme) => {
        const Icon = icons[scheme];
        return (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={colorScheme === scheme ? <IconCheck size={15} aria-hidden /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {m.common.theme[scheme]}
          </Menu.Item>
        );
      })}
    </>
  );
}
