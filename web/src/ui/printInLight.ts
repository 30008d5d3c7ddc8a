const SCHEME = 'data-mantine-color-scheme';

/**
 * Paper is white: while the page is printed it has its light colours, whatever
 * the screen has. Print dialogs tell of themselves by the medium, PDF writers by
 * the event. Returns how to stop.
 */
export function printInLight(root: HTMLElement = document.documentElement): () => void {
  let screen: string | null = null;
  const begin = () => {
    screen ??= root.getAttribute(SCHEME);
    root.setAttribute(SCHEME, 'light');
  };
  const end = () => {
    if (screen) root.setAttribute(SCHEME, screen);
    screen = null;
  };
  const paper = matchMedia('print');
  const change = () => (paper.matches ? begin() : end());
  paper.addEventListener('change', change);
  addEventListener('beforeprint', begin);
  addEventListener('afterprint', end);
  return () => {
    paper.removeEventListener('change', change);
    removeEventListener('beforeprint', begin);
    removeEventListener('afterprint', end);
  };
}
