/** Links that stand in a row and show one of several views or filters; which one stands in the URL. */
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ReactNode, Ref } from "react";
import { formatNumber } from "../format/intl";
import styles from "./TabLinks.module.css";

interface TabAnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  ref?: Ref<HTMLAnchorElement>;
  isCurrent: boolean;
  /** How many things are behind it; `isMore` when there are more than were counted. */
  count?: number | undefined;
  isMore?: boolean;
}

function TabAnchor({ isCurrent, count, isMore = false, children, ...anchor }: TabAnchorProps) {
  return (
    <a {...anchor} className={styles.tab} aria-current={isCurrent ? "page" : undefined}>
      {children}
      {count !== undefined && (
        <span className={styles.count}>
          {formatNumber(count)}
          {isMore && "+"}
        </span>
      )}
    </a>
  );
}

export const TabLink = createLink(TabAnchor);

export function TabLinks({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {children}
    </nav>
  );
}
