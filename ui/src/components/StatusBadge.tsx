/** A state as icon, word and colour: colour alone tells nothing to many readers. */
import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconCircleDotted,
  IconProgress,
  IconX,
  type Icon,
} from "@tabler/icons-react";
import styles from "./StatusBadge.module.css";

export type StatusTone = "success" | "running" | "warning" | "failed" | "neutral" | "off";

const ICONS: Record<StatusTone, Icon> = {
  success: IconCheck,
  running: IconProgress,
  warning: IconAlertTriangle,
  failed: IconX,
  neutral: IconCircleDotted,
  off: IconBan,
};

export function StatusBadge({ tone, children }: { tone: StatusTone; children: string }) {
  const StatusIcon = ICONS[tone];
  return (
    <span className={styles.badge} data-tone={tone === "off" ? "neutral" : tone}>
      <StatusIcon size={13} stroke={2.2} aria-hidden />
      {children}
    </span>
  );
}
