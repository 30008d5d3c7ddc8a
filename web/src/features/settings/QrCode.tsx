interface Props {
  label: string;
  /** Squares in a row. */
  size: number;
  /** The black squares, one unit each. */
  path: string;
}

/** The margin that readers need around a code, in squares. */
const QUIET = 4;

/** Black on white in both themes: cameras read no other way round. */
export function QrCode({ label, size, path }: Props) {
  const side = size + 2 * QUIET;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`}
      width={220}
      height={220}
      shapeRendering="crispEdges"
    >
      <rect x={-QUIET} y={-QUIET} width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
