import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useMessages } from '../messages/context';
import { useDebounced } from './useDebounced';

interface SearchInputProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  error?: string;
}

/** A search box that asks once typing has paused; the value itself lives in the address. */
export function SearchInput({ label, value, onChange, error }: SearchInputProps) {
  const m = useMessages();
  const [typed, setTyped] = useState(value ?? '');
  const still = useDebounced(typed);
  const router = useRouter();
  const latest = useRef(onChange);
  latest.current = onChange;
  const asked = useRef(value ?? '');
  useEffect(() => {
    if (still === asked.current) return;
    // Who has followed a link meanwhile is on their way to another page: a search
    // changes the address, and would fetch them back.
    const { location, resolvedLocation } = router.state;
    if (resolvedLocation && location.pathname !== resolvedLocation.pathname) return;
    asked.current = still;
    latest.current(still.trim() || undefined);
  }, [still, router]);
  // The address changed by another hand: back button, "clear filters".
  useEffect(() => {
    if ((value ?? '') === asked.current.trim()) return;
    asked.current = value ?? '';
    setTyped(value ?? '');
  }, [value]);
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={typed ? <CloseButton size="sm" aria-label={m.common.clear} onClick={() => setTyped('')} /> : null}
      value={typed}
      error={error}
      onChange={(e) => setTyped(e.currentTarget.value)}
      style={{ flexGrow: 1, minWidth: 220 }}
    />
  );
}
