/** What everybody must know, on every page, until it is no longer so. */
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import styles from "./shell.module.css";

interface BannerProps {
  tone: "failed" | "warning";
  icon: Icon;
  role?: "status";
  children: ReactNode;
}

export function Banner({ tone, icon: BannerIcon, role, children }: BannerProps) {
  return (
    <div className={styles.banner} data-tone={tone} role={role}>
      <BannerIcon size={16} aria-hidden />
      {children}
    </div>
  );
}
