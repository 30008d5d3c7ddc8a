import { useEffect, useState } from 'react';

/** A value that follows after it has been still for a while, so that typing asks the server once. */
export function useDebounced<T>(value: T, wait = 250): T {
  const [still, setStill] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), wait);
    return () => clearTimeout(timer);
  }, [value, wait]);
  return still;
}
