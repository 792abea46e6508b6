/** A QR code drawn here: its content is a secret and goes to no service. */
import { encode } from "uqr";

const QUIET_MODULES = 3;

export function QrCode({ content, label }: { content: string; label: string }) {
  const { data, size } = encode(content, { border: QUIET_MODULES });
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      width={200}
      height={200}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
